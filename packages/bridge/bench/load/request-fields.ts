import type { FieldCount, LoadSpec } from "./load-spec.ts"

/** The fields of a request that differ from call to call. */
export interface VaryingFields {
  readonly path: string
  readonly authorization: string
  /** Its last digits are a placeholder for the number of the call. */
  readonly requestId: string
}

/** Digits at the end of a request id, in which each call writes its number. */
const numberDigits = 12

const methods = 64
const sessions = 256
/** So many requests are prepared, each with its path, token and request id. */
export const preparedRequests = 1_024

const contentTypes = {
  "grpc-web": "application/grpc-web+proto",
  "grpc-web-text": "application/grpc-web-text+proto",
  grpc: "application/grpc+proto",
} as const

/** The fields that a page's calls have in common: with `authorization` and `x-request-id` as many as `fields` says. */
export function constantFields({ protocol, fields }: LoadSpec): readonly (readonly [name: string, value: string])[] {
  const kind = protocol === "grpc" ? ["te", "trailers"] : ["x-grpc-web", "1"]
  const few = [["content-type", contentTypes[protocol]] as const, [kind[0], kind[1]] as const]
  const rest: Record<FieldCount, readonly (readonly [string, string])[]> = { 4: [], 15: browserFields }
  const accept = protocol === "grpc-web-text" ? textFields : [] // Envoy answers in text only if asked for it
  return [...few, ...accept, ...rest[fields].filter(([name]) => accept.every(([other]) => other !== name))]
}

const textFields = [["accept", contentTypes["grpc-web-text"]]] as const

/** A cross-origin call of Chromium with a deadline. */
const browserFields = [
  ["accept", "*/*"],
  ["accept-encoding", "gzip, deflate, br, zstd"],
  ["accept-language", "en-GB,en;q=0.9"],
  ["grpc-timeout", "30S"],
  ["origin", "https://app.example"],
  ["referer", "https://app.example/"],
  ["sec-ch-ua", '"Chromium";v="150", "Not_A Brand";v="24"'],
  ["sec-ch-ua-platform", '"Linux"'],
  ["sec-fetch-mode", "cors"],
  ["sec-fetch-site", "same-site"],
  [
    "user-agent",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36",
  ],
] as const

/** Caches by bytes are not flattered: paths, tokens and request ids are those of many methods, users and calls. */
export function varyingFields(i: number): VaryingFields {
  const token = (BigInt(i % sessions) * 0x9e3779b97f4a7c15n).toString(16).padStart(18, "0").repeat(8)
  return {
    path: `/bench.Echo/Method${(i * 7) % methods}`,
    authorization: `Bearer ${token}`,
    requestId: `${i.toString(16).padStart(8, "0")}-4b1d-4f6a-9c3e-${"0".repeat(numberDigits)}`,
  }
}

/** Writes the number of a call over the placeholder that ends at `end`. */
export function writeNumber(bytes: Uint8Array, end: number, call: number): void {
  let rest = call
  for (let at = end - 1; at >= end - numberDigits && rest > 0; at--) {
    bytes[at] = 0x30 + (rest % 10)
    rest = Math.floor(rest / 10)
  }
}
