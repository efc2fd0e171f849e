export { mockGrpc } from "./mock-grpc.ts"
export type { MockedGrpc, MockGrpcOptions, PageRoute, RoutedPage } from "./mock-grpc.ts"
export type { MockCall } from "../testing/mock-server.ts"
export type { MockContext, MockService } from "../testing/mock-service.ts"
