import { inflate } from "./inflate.ts"

/** How compressed payloads of answers are inflated: `decompression()`. */
export interface Decompression {
  /** The bytes of a payload under its `grpc-encoding`, at most `maxBytes`. */
  inflate(payload: Uint8Array, encoding: string | null, maxBytes: number): Promise<Uint8Array>
}

/**
 * Inflates compressed answers (gzip and deflate). The client asks for none, but a server or a proxy on the way may compress
 * all the same; without this the call is refused.
 *
 * ```ts
 * const transport = createTransport({ baseUrl, decompression: decompression() })
 * ```
 */
export function decompression(): Decompression {
  return { inflate }
}
