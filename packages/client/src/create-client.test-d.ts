import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import type { WatchRequest, WatchResponse } from "@causeway/proto/api/v1/audit_pb"
import { ImportService } from "@causeway/proto/api/v1/import_pb"
import type { ImportResponse } from "@causeway/proto/api/v1/import_pb"
import { SupportService } from "@causeway/proto/api/v1/support_pb"
import type { ChatResponse } from "@causeway/proto/api/v1/support_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import type { DescService } from "@bufbuild/protobuf"
import type { GetUserResponse } from "@causeway/proto/api/v1/user_pb"
import { BadRequestSchema } from "@causeway/proto/google/rpc/error_details_pb"
import type { BadRequest } from "@causeway/proto/google/rpc/error_details_pb"
import { Code } from "@connectrpc/connect"
import type { Client as ConnectClient, createClient as createConnectClient } from "@connectrpc/connect"
import type { ConnectError, Interceptor, Transport } from "@connectrpc/connect"
import { expectTypeOf } from "vitest"
import { createClient, createTransport, errorDetails, isRpcError, silenceLimits, withSilenceLimits } from "./index.ts"
import type { Client, ErrorSource, ResponseStream, RpcError } from "./index.ts"

// Compiled with the package, never run: types that an application relies on when it changes its import.

declare const transport: Transport
declare const interceptor: Interceptor

expectTypeOf(createClient).toExtend<typeof createConnectClient>()
expectTypeOf(createClient(UserService, transport)).toEqualTypeOf<Client<typeof UserService>>()
expectTypeOf(createClient(UserService, transport)).toExtend<ConnectClient<typeof UserService>>()
expectTypeOf(createClient(AuditService, transport)).toExtend<ConnectClient<typeof AuditService>>()
expectTypeOf(createClient(ImportService, transport)).toExtend<ConnectClient<typeof ImportService>>()
expectTypeOf(createClient(SupportService, transport)).toExtend<ConnectClient<typeof SupportService>>()
// Also where the service is not known yet.
const connectClientOf = <T extends DescService>(service: T): ConnectClient<T> => createClient(service, transport)
expectTypeOf(connectClientOf(AuditService)).toEqualTypeOf<ConnectClient<typeof AuditService>>()
expectTypeOf(createTransport({ baseUrl: "/", interceptors: [interceptor] })).toEqualTypeOf<Transport>()

// @ts-expect-error limits of silence that nobody would heed
createTransport({ baseUrl: "/", idleTimeoutMs: 60_000 })
// @ts-expect-error the same
createTransport({ baseUrl: "/", silenceLimits: { idleTimeoutMs: 60_000 } })
expectTypeOf(createTransport({ baseUrl: "/", silenceLimits: silenceLimits({}) })).toEqualTypeOf<Transport>()

const users = createClient(UserService, transport)
expectTypeOf(users.getUser({ id: "1" })).toEqualTypeOf<Promise<GetUserResponse>>()
// @ts-expect-error a field that the message does not have
void users.getUser({ name: "1" })
// @ts-expect-error a method that the service does not have
void users.get({})

const audit = createClient(AuditService, transport)
expectTypeOf(audit.watch).parameter(0).exclude<WatchRequest>().toHaveProperty("cursor")
// @ts-expect-error connect's options of a call have none of silence: withSilenceLimits gives them as contextValues
void audit.watch({}, { idleTimeoutMs: 60_000 })
expectTypeOf(audit.watch({}, { contextValues: withSilenceLimits({ idleTimeoutMs: 60_000 }) })).toExtend<object>()
expectTypeOf(audit.watch({})).toEqualTypeOf<ResponseStream<WatchResponse>>()
expectTypeOf<ResponseStream<WatchResponse>>().toExtend<AsyncIterable<WatchResponse> & AsyncDisposable>()

declare function requests<T>(): AsyncIterable<T>
expectTypeOf(createClient(ImportService, transport).import(requests())).toEqualTypeOf<Promise<ImportResponse>>()
expectTypeOf(createClient(SupportService, transport).chat(requests())).toEqualTypeOf<ResponseStream<ChatResponse>>()

declare const caught: unknown
if (isRpcError(caught, Code.NotFound)) {
  expectTypeOf(caught).toEqualTypeOf<RpcError>()
  expectTypeOf(caught).toExtend<ConnectError>()
  expectTypeOf(caught.source).toEqualTypeOf<ErrorSource>()
  expectTypeOf(caught.reason).toEqualTypeOf<string | undefined>()
  expectTypeOf(caught.retryable).toEqualTypeOf<boolean>()
}
expectTypeOf(errorDetails(caught, BadRequestSchema)).toEqualTypeOf<BadRequest[]>()
