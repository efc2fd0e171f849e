import { AnswerReader } from "./load/answer-reader.ts"
import type { Sample } from "./measure.ts"
import type { Scene } from "./scene.ts"
import type { SubjectKind } from "./subjects/subject.ts"

const message = new Uint8Array(100)
const request = Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message])
const headers = { "content-type": "application/grpc-web+proto", "x-grpc-web": "1" }

/** Starts the program and makes a call as soon as it listens. The figure is the time from its start to the answer, in ms. */
export async function measureStart(scene: Scene, kind: SubjectKind): Promise<Sample> {
  const startMs = performance.now()
  const subject = await scene.startFresh(kind, "plain")
  try {
    const url = `${subject.addresses.http1}/bench.Echo/Method0`
    const response = await fetch(url, { method: "POST", headers, body: request })
    const body = Buffer.from(await response.arrayBuffer())
    const value = performance.now() - startMs
    checkAnswer(body)
    return { value, user: 0, system: 0, p50: value, p99: value, p999: value }
  } finally {
    await subject.stop()
  }
}

function checkAnswer(body: Buffer): void {
  const answer = new AnswerReader({ protocol: "grpc-web", answerMessages: 1, answerMessageBytes: message.length })
  answer.read(body, 0, body.length)
  const problem = answer.problem()
  if (problem !== null) throw new Error(`The first call was not answered in full: ${problem}`)
}
