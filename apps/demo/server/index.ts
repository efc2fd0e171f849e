export { DataInUseError } from "./data-in-use-error.ts"
export { type DemoServer, type DemoServerOptions, startDemoServer } from "./demo-server.ts"
export { readBridge } from "./read-bridge.ts"
