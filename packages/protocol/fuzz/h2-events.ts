import type { ConnectionProblem, FrameLimits, FrameSink } from "../src/http2/index.ts"
import { FrameReader } from "../src/http2/index.ts"

/** Words for each frame that a `FrameReader` has read. Consecutive parts of DATA are one. */
class FrameEvents implements FrameSink {
  readonly events: string[] = []

  dataBegan(streamId: number, length: number): null {
    this.events.push(`DATA ${streamId} ${length} `)
    return null
  }

  data(bytes: Uint8Array, start: number, end: number): null {
    this.events[this.events.length - 1] += hex(bytes, start, end)
    return null
  }

  dataEnded(endsStream: boolean): null {
    this.events[this.events.length - 1] += endsStream ? " end." : "."
    return null
  }

  fieldBlock(streamId: number, endsStream: boolean, bytes: Uint8Array, start: number, end: number): null {
    this.events.push(`fields ${streamId}${endsStream ? " end" : ""} ${hex(bytes, start, end)}`)
    return null
  }

  frame(type: number, flags: number, streamId: number, bytes: Uint8Array, start: number, end: number): null {
    this.events.push(`frame ${type} ${flags} ${streamId} ${hex(bytes, start, end)}`)
    return null
  }
}

/** Everything that a reader makes of these chunks. Each chunk is overwritten once it is read. */
export function readFrames(
  chunks: readonly Uint8Array[],
  limits: FrameLimits,
): { events: string[]; problem: ConnectionProblem | null } {
  const sink = new FrameEvents()
  const reader = new FrameReader(limits, sink)
  let problem: ConnectionProblem | null = null
  for (const chunk of chunks) {
    if (problem !== null) break
    const copy = chunk.slice()
    problem = reader.push(copy)
    copy.fill(0xdd)
  }
  return { events: sink.events, problem }
}

function hex(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.subarray(start, end)).toString("hex")
}
