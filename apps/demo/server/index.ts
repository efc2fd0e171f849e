export { DataInUseError } from "./data-in-use-error.ts"
export { type DemoServer, type DemoServerOptions, startDemoServer } from "./demo-server.ts"
export { readGateway } from "./read-gateway.ts"
