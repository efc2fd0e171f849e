/** One address to dial. */
export interface ResolvedEndpoint {
  /** Its address, such as `10.0.0.7:50051` or `unix:/path`. It is the same after every resolution. */
  readonly key: string
  /** An IP address without brackets, or a name that is looked up for each connection. */
  readonly host: string
  readonly port: number
  /** Path of a Unix socket. `host` and `port` are not dialled then. */
  readonly path: string | null
  /** `host:port` as it was configured: the `:authority` of calls, and the name in the TLS handshake. */
  readonly authority: string
  readonly weight: number
  readonly zone: string | null
  readonly priority: number
}
