export { createConnectTransport } from "./create-connect-transport.ts"
export type { ConnectTransportOptions } from "./create-connect-transport.ts"
