/** A configured endpoint: one address, or one name with several. */
export interface EndpointConfig {
  /** Any form that `parseEndpointAddress` reads. */
  readonly address: string
  /** Share of calls beside its neighbours, 1 and up. */
  readonly weight: number
  readonly zone: string | null
  /** 0 comes first. The next priority gets calls as this one fails. */
  readonly priority: number
}
