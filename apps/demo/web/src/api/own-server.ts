/** The user's own gRPC server that the bridge calls (`npm start -- --upstream`); null: the demo's, with its services. */
export const ownServer: string | null =
  document.querySelector<HTMLMetaElement>('meta[name="upstream"]')?.content ?? null
