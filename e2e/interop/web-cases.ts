import { randomUUID } from "node:crypto"
import { setTimeout as delay } from "node:timers/promises"
import { UnimplementedService } from "@causeway/proto/grpc/testing/test_pb"
import type { TestBackend } from "./backend/start-backend.ts"
import type { Call } from "./clients/call.ts"
import type { Report } from "./clients/recorded-call.ts"
import { payloadSizes, streamCall, unaryCall, valuesOf, violationOf } from "./web-call.ts"

/** A call by a client in a page or in this process. */
export interface OpenCall {
  received(count: number): Promise<void>
  cancel(): Promise<void>
  ended(): Promise<Report>
}

/** A client, and the backend that it reaches through a bridge or a server of another project. */
export interface Scene {
  start(call: Call): Promise<OpenCall>
  readonly backend: Pick<TestBackend, "received">
}

/** The observations of a case, compared exactly. */
export type Observed = Readonly<Record<string, unknown>>

/** One ability that every client should have. */
export interface WebCase {
  readonly name: string
  readonly expected: Observed
  run(scene: Scene): Promise<Observed>
}

/** The message of the interop tests' special_status_message. */
export const unicode = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
const bytes = "q6ur"
const patienceMs = 15_000

/** All cases, in the order of docs/interop.md. */
export const webCases: readonly WebCase[] = [
  {
    name: "unary",
    expected: { code: 0, sizes: [0] },
    run: async (scene) => outcome(await end(scene, unaryCall({}, { method: "EmptyCall" }))),
  },
  {
    name: "unary, large both ways",
    expected: { code: 0, sizes: [314_159] },
    run: async (scene) =>
      outcome(await end(scene, unaryCall({ responseSize: 314_159, payload: { body: new Uint8Array(271_828) } }))),
  },
  {
    name: "metadata",
    expected: { code: 0, header: ["initial value"], trailer: [bytes] },
    async run(scene) {
      const metadata = [
        ["x-grpc-test-echo-initial", "initial value"],
        ["x-grpc-test-echo-trailing-bin", bytes],
      ] as const
      const report = await end(scene, unaryCall({}, { metadata }))
      const header = valuesOf(report.header, "x-grpc-test-echo-initial")
      return { code: report.code, header, trailer: valuesOf(report.trailer, "x-grpc-test-echo-trailing-bin") }
    },
  },
  {
    name: "a name twice in the request",
    expected: { code: 0, values: ["one", "two"], binary: ["AAH/", "AP7/"] },
    async run(scene) {
      const [[tag, tagged], metadata] = [tagging(), twice("one", "two", "AAH/", "AP7/")]
      const { code } = await end(scene, unaryCall({}, { metadata: [...tagged, ...metadata] }))
      if (code !== 0) return { code, values: [], binary: [] } // it may never have come
      const received = await scene.backend.received(tag)
      const values = received.values("x-twice").flatMap((value) => value.split(/, */))
      return { code, values, binary: received.values("x-twice-bin") }
    },
  },
  {
    name: "a name twice in head and trailers",
    expected: {
      code: 0,
      header: ["one", "two"],
      headerBinary: ["AAH/", "AP7/"],
      trailer: ["one", "two"],
      trailerBinary: ["AAH/", "AP7/"],
    },
    async run(scene) {
      const { code, header, trailer } = await end(scene, unaryCall({}, { metadata: [["x-behaviour", "twice"]] }))
      return {
        code,
        header: valuesOf(header, "x-twice"),
        headerBinary: valuesOf(header, "x-twice-bin"),
        trailer: valuesOf(trailer, "x-twice"),
        trailerBinary: valuesOf(trailer, "x-twice-bin"),
      }
    },
  },
  {
    name: "an error's code and message",
    expected: { code: 2, message: unicode, sizes: [] },
    run: async (scene) => outcome(await end(scene, unaryCall({ responseStatus: { code: 2, message: unicode } }))),
  },
  {
    name: "an error's details and metadata",
    expected: { code: 3, message: "refused", violation: "is “naïve”, 你好", hint: ["try another"] },
    async run(scene) {
      const metadata = [["x-behaviour", "details"]] as const
      const report = await end(scene, unaryCall({ responseStatus: { code: 3, message: "refused" } }, { metadata }))
      const hint = valuesOf(report.trailer, "x-hint")
      return { code: report.code, message: report.message, violation: violationOf(report), hint }
    },
  },
  {
    name: "a method that nobody has",
    expected: { code: 12, sizes: [] },
    run: async (scene) => codeAlone(await end(scene, unaryCall({}, { method: "UnimplementedCall" }))),
  },
  {
    name: "a service that nobody has",
    expected: { code: 12, sizes: [] },
    async run(scene) {
      const options = { service: UnimplementedService.typeName, method: "UnimplementedCall" }
      return codeAlone(await end(scene, unaryCall({}, options)))
    },
  },
  {
    name: "server stream",
    expected: { code: 0, sizes: [31_415, 9, 2_653, 58_979] },
    run: async (scene) => outcome(await end(scene, streamCall(sized(31_415, 9, 2_653, 58_979)))),
  },
  {
    name: "an error after messages",
    expected: { code: 2, message: "test status message", sizes: [9, 26] },
    async run(scene) {
      const responseStatus = { code: 2, message: "test status message" }
      return outcome(await end(scene, streamCall({ ...sized(9, 26), responseStatus })))
    },
  },
  {
    name: "each message as it comes, then cancel",
    expected: { cameWhileOpen: true, backendIsCancelled: true, code: 1, sizes: [9] },
    async run(scene) {
      const [tag, metadata] = tagging("hold")
      const open = await scene.start(streamCall(sized(9), { metadata }))
      const received = await scene.backend.received(tag)
      const cameWhileOpen = await comes(open.received(1))
      await open.cancel()
      const backendIsCancelled = await comes(received.cancelled)
      return { cameWhileOpen, backendIsCancelled, ...codeAlone(await open.ended()) }
    },
  },
  {
    name: "cancel before an answer",
    expected: { backendIsCancelled: true, code: 1, sizes: [] },
    async run(scene) {
      const [tag, metadata] = tagging("silent")
      const open = await scene.start(unaryCall({}, { metadata }))
      const received = await scene.backend.received(tag)
      await open.cancel()
      const backendIsCancelled = await comes(received.cancelled)
      return { backendIsCancelled, ...codeAlone(await open.ended()) }
    },
  },
  {
    name: "a deadline, unary",
    expected: { code: 4, sizes: [], backendKnew: true, backendIsCancelled: true },
    run: (scene) => untilDeadline(scene, (options) => unaryCall({}, options), "silent"),
  },
  {
    name: "a deadline, in a stream",
    expected: { code: 4, sizes: [9], backendKnew: true, backendIsCancelled: true },
    run: (scene) => untilDeadline(scene, (options) => streamCall(sized(9), options), "hold"),
  },
]

async function end(scene: Scene, call: Call): Promise<Report> {
  return (await scene.start(call)).ended()
}

function outcome(report: Report): Observed {
  const { code, message } = report
  return { code, ...(code === 0 ? {} : { message }), sizes: payloadSizes(report) }
}

function codeAlone(report: Report): Observed {
  return { code: report.code, sizes: payloadSizes(report) }
}

function sized(...sizes: readonly number[]): { responseParameters: { size: number }[] } {
  return { responseParameters: sizes.map((size) => ({ size })) }
}

/** Returns metadata with a tag. The backend's log finds the call by this tag. */
function tagging(behaviour?: string): readonly [tag: string, metadata: readonly (readonly [string, string])[]] {
  const tag = randomUUID()
  return [tag, [["x-tag", tag], ...(behaviour === undefined ? [] : [["x-behaviour", behaviour] as const])]]
}

function twice(...[one, two, oneBinary, twoBinary]: readonly string[]): (readonly [string, string])[] {
  return [
    ["x-twice", one],
    ["x-twice", two],
    ["x-twice-bin", oneBinary],
    ["x-twice-bin", twoBinary],
  ]
}

async function untilDeadline(
  scene: Scene,
  callWith: (options: { timeoutMs: number; metadata: Call["metadata"] }) => Call,
  behaviour: string,
): Promise<Observed> {
  const timeoutMs = 700
  const [tag, metadata] = tagging(behaviour)
  const open = await scene.start(callWith({ timeoutMs, metadata }))
  const received = await scene.backend.received(tag)
  const report = await open.ended()
  const backendKnew = received.timeoutMs > 0 && received.timeoutMs <= timeoutMs
  return { ...codeAlone(report), backendKnew, backendIsCancelled: await comes(received.cancelled) }
}

/** Resolves with whether the condition becomes true within a generous time. */
async function comes(promise: Promise<void>): Promise<boolean> {
  const timer = new AbortController()
  const late = delay(patienceMs, false, { signal: timer.signal }).catch(() => false)
  const isThere = await Promise.race([promise.then(() => true), late])
  timer.abort()
  return isThere
}
