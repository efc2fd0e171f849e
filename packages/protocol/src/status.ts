import * as Code from "./code.ts"

const names = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
]

/** gRPC's name of a code, as logs and metrics show it: `NOT_FOUND`; `CODE_99` for a number without a name. */
export function codeName(code: number): string {
  return names[code] ?? `CODE_${code}`
}

/**
 * The code in a grpc-status value: only decimal digits, at most 2^31 - 1, because other implementations keep it in 32
 * bits. `null` for any other value: the caller then reports UNKNOWN.
 */
export function parseStatusCode(text: string): number | null {
  if (!/^\d{1,10}$/.test(text)) return null
  const code = Number(text)
  return code <= 0x7fff_ffff ? code : null
}

/**
 * The code for an HTTP answer that carries no grpc-status (http-grpc-status-mapping.md). 431 is UNKNOWN, as in the
 * Connect protocol and the conformance suite. gRPC's own table says INTERNAL, but gRPC's own clients do not follow it.
 */
export function codeFromHttpStatus(status: number): number {
  return codesByHttpStatus[status] ?? Code.Unknown
}

const codesByHttpStatus: Readonly<Record<number, number | undefined>> = {
  400: Code.Internal,
  401: Code.Unauthenticated,
  403: Code.PermissionDenied,
  404: Code.Unimplemented,
  429: Code.Unavailable,
  502: Code.Unavailable,
  503: Code.Unavailable,
  504: Code.Unavailable,
}
