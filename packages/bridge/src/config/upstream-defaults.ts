/** Settings of every upstream that has none of its own. They come from `upstream-defaults`, the flags and the variables. */
export interface UpstreamDefaults {
  readonly upstreamCaFile: string | null
  readonly upstreamCertFile: string | null
  readonly upstreamKeyFile: string | null
  readonly upstreamServerName: string | null
  readonly connectTimeoutMs: number
  readonly maxSessions: number
  readonly maxQueued: number
}
