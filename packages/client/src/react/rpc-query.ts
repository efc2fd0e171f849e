import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf"
import type { CallOptions, ConnectError } from "@connectrpc/connect"
import { Code } from "@causeway/protocol"
import type { DataTag, NetworkMode, QueryFunction } from "@tanstack/react-query"
import { descriptorOf } from "../method-descriptor.ts"
import { pushbackOf } from "../pushback.ts"
import { isRpcError } from "../rpc-error.ts"
import { requestKey } from "./request-key.ts"
import type { RequestKey } from "./request-key.ts"

/** A unary method of a client that `createClient` made. */
export type UnaryMethod<I, O> = (request: I, options?: CallOptions) => Promise<O>

/** The key of a query: service, method and request. */
export type RpcQueryKey = readonly [service: string, method: string, request: RequestKey]

/** Decides whether to repeat a call that has failed `failureCount` times before. */
type RetryDecision = (failureCount: number, error: ConnectError) => boolean

/** The options of a query. */
export interface RpcQueryOptions<O> {
  readonly queryKey: DataTag<RpcQueryKey, O, ConnectError>
  readonly queryFn: QueryFunction<O, RpcQueryKey>
  readonly retry: RetryDecision
  /**
   * The first attempt is always sent, even if the browser says that it is offline; only retries wait for the network.
   */
  readonly networkMode: NetworkMode
}

/** The options of a mutation. */
export interface RpcMutationOptions<I, O> {
  readonly mutationKey: readonly [service: string, method: string]
  readonly mutationFn: (request: I) => Promise<O>
  readonly retry: RetryDecision
  readonly networkMode: NetworkMode
}

/** The most repetitions of a failed call. */
const maxRetries = 3

/**
 * The options of a TanStack query that calls a unary method. Spread them to add more options:
 *
 * ```tsx
 * const { data, error } = useQuery(rpcQuery(users.getUser, { id }))
 * const page = useQuery({ ...rpcQuery(users.listUsers, { pageSize: 20 }), staleTime: 60_000 })
 * ```
 *
 * Throws a `TypeError` for a function that is not a method of a client.
 */
export function rpcQuery<I, O>(
  method: UnaryMethod<I, O>,
  request: I,
  callOptions?: Omit<CallOptions, "signal">,
): RpcQueryOptions<O> {
  const { parent, name, input } = descriptor(method)
  const queryKey: RpcQueryKey = [parent.typeName, name, requestKey(input, request as MessageInitShape<DescMessage>)]
  return {
    queryKey: queryKey as DataTag<RpcQueryKey, O, ConnectError>,
    queryFn: ({ signal }) => method(request, { ...callOptions, signal }),
    retry: shouldRetryQuery,
    networkMode: "offlineFirst",
  }
}

/**
 * The key that all queries of a method share: `queryClient.invalidateQueries({ queryKey: rpcMethodKey(users.listUsers)
 * })`.
 */
export function rpcMethodKey(method: UnaryMethod<never, unknown>): readonly [service: string, method: string] {
  const { parent, name } = descriptor(method)
  return [parent.typeName, name]
}

/**
 * The options of a TanStack mutation that calls a unary method. Its variables are the request.
 *
 * Throws a `TypeError` for a function that is not a method of a client.
 */
export function rpcMutation<I, O>(method: UnaryMethod<I, O>, callOptions?: CallOptions): RpcMutationOptions<I, O> {
  return {
    mutationKey: rpcMethodKey(method),
    mutationFn: (request) => method(request, callOptions),
    retry: shouldRetryMutation,
    networkMode: "offlineFirst",
  }
}

/**
 * The retry decision for calls that only read. Repeats up to three times if the service was not reached or is
 * unavailable, unless the server forbids it (`grpc-retry-pushback-ms`).
 */
export function shouldRetryQuery(failureCount: number, error: unknown): boolean {
  return failureCount < maxRetries && (isRpcError(error, Code.Unavailable) || isRetryable(error)) && !isForbidden(error)
}

/**
 * The retry decision for calls that may change data. Repeats up to three times if no service has processed the call,
 * unless the server forbids it (`grpc-retry-pushback-ms`).
 */
export function shouldRetryMutation(failureCount: number, error: unknown): boolean {
  return failureCount < maxRetries && isRetryable(error) && !isForbidden(error)
}

function isRetryable(error: unknown): boolean {
  return isRpcError(error) && error.retryable
}

function isForbidden(error: unknown): boolean {
  return isRpcError(error) && pushbackOf(error) === "stop"
}

function descriptor(method: object): NonNullable<ReturnType<typeof descriptorOf>> {
  const found = descriptorOf(method)
  if (found !== undefined) return found
  throw new TypeError(
    "this is no method of a client that createClient of @causeway/client made: give client.method itself",
  )
}
