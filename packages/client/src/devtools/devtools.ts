import type { DescMessage, DescMethod, MessageShape, Registry } from "@bufbuild/protobuf"
import { toJson } from "@bufbuild/protobuf"
import type { ConnectError, Interceptor } from "@connectrpc/connect"
import { observeCall } from "../observe-call.ts"
import { quietly } from "../quietly.ts"
import { measureCall } from "./measure-call.ts"

/** The options of `devtools`. */
export interface DevtoolsOptions {
  /** The types that can occur in a `google.protobuf.Any`. Default: none; a message with an `Any` is then not shown. */
  readonly registry?: Registry
  /** Whether to hide the messages of a method, such as those of a sign-in. Default: nothing is hidden. */
  readonly isHidden?: (method: DescMethod) => boolean
}

/** The message that the extension expects. It knows only these two kinds of method. */
interface PanelMessage {
  readonly type: "__GRPCWEB_DEVTOOLS__"
  readonly method: string
  readonly methodType: "unary" | "server_streaming"
  readonly request?: unknown
  readonly response?: unknown
  readonly error?: { readonly code: number; readonly message: string }
}

/**
 * An interceptor that shows each call in the browser extension "gRPC-Web Developer Tools", and as a track in the
 * performance panel. For development only: every script of the page can read the posted messages. Headers are never
 * posted. It does nothing without a window, and a failure to show a call does not break the call.
 *
 * ```ts
 * interceptors: import.meta.env.DEV ? [devtools()] : []
 * ```
 */
export function devtools(options: DevtoolsOptions = {}): Interceptor {
  const { registry, isHidden = () => false } = options
  return (next) => (request) => {
    if (typeof window === "undefined") return next(request)
    const { method, service } = request
    const name = `/${service.typeName}/${method.name}`
    const methodType = method.methodKind === "unary" ? "unary" : "server_streaming"
    const isShown = quietly(() => isHidden(method)) === false
    const post = (content: Pick<PanelMessage, "request" | "response" | "error">): void => {
      const message: PanelMessage = { type: "__GRPCWEB_DEVTOOLS__", method: name, methodType, ...content }
      quietly(() => window.postMessage(message, "*"))
    }
    const shown = (schema: DescMessage, message: MessageShape<DescMessage>): unknown =>
      isShown ? jsonOf(schema, message, registry) : "(hidden)"
    const startMs = performance.now()
    let asked: unknown
    let answered: unknown
    return observeCall(next, request, {
      onRequest(message) {
        asked = shown(method.input, message)
        if (request.stream) post({ request: asked })
      },
      onResponse(message) {
        answered = shown(method.output, message)
        if (request.stream) post({ response: answered })
      },
      onEnd(error) {
        const end = error ? { error: errorOf(error) } : { response: request.stream ? "EOF" : answered }
        post(request.stream ? end : { request: asked, ...end })
        quietly(() => measureCall(name, startMs, error))
      },
    })
  }
}

/** Converts a message to JSON: the extension serializes what it receives, and a BigInt would break it. */
function jsonOf(schema: DescMessage, message: MessageShape<DescMessage>, registry: Registry | undefined): unknown {
  return quietly(() => toJson(schema, message, { registry })) ?? `(a ${schema.typeName} that JSON cannot show)`
}

function errorOf({ code, rawMessage }: ConnectError): PanelMessage["error"] {
  return { code, message: rawMessage }
}
