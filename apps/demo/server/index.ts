export { type DemoServer, type DemoServerOptions, startDemoServer } from "./demo-server.ts"
