import { inflate } from "./inflate.ts"

/** Inflates compressed payloads of answers: `decompression()`. */
export interface Decompression {
  /** Inflates a payload that has this `grpc-encoding`, to at most `maxBytes` bytes. */
  inflate(payload: Uint8Array, encoding: string | null, maxBytes: number): Promise<Uint8Array>
}

/**
 * Inflates compressed answers (gzip and deflate). The client does not ask for compression, but a server or a proxy may
 * compress all the same. Without this option such a call fails.
 *
 * ```ts
 * const transport = createTransport({ baseUrl, decompression: decompression() })
 * ```
 */
export function decompression(): Decompression {
  return { inflate }
}
