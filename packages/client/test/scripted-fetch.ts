/**
 * What a scripted answer's body does next: give bytes, now or when the promise says, break, or (at the end of the list) end
 * or go on without end.
 */
type Step = Uint8Array | Error | Promise<Uint8Array>

/** A scripted answer. */
export interface Script {
  /** Default: 200. */
  readonly status?: number
  /** Default: the content type of gRPC-Web. A null value takes a header away. */
  readonly headers?: Readonly<Record<string, string | null>>
  /** What the body gives, a chunk a step. null: there is no body. Default: nothing. */
  readonly body?: readonly Step[] | null
  /** The body stays open after the last step. */
  readonly isOpen?: boolean
}

/** A request as the scripted `fetch` got it, and what became of its answer. */
export interface SeenRequest {
  readonly url: string
  readonly method: string | undefined
  readonly headers: Headers
  readonly body: Uint8Array
  readonly redirect: RequestRedirect | undefined
  readonly signal: AbortSignal
  /** How many chunks of the body were taken from the script. */
  chunksTaken: number
  /** The body was canceled by the reader. */
  isCanceled: boolean
}

export interface ScriptedFetch {
  readonly fetch: typeof globalThis.fetch
  readonly requests: SeenRequest[]
}

export interface ScriptedFetchOptions {
  /**
   * What `fetch` does with the body when the signal fires: break it, as the standard says; end it as if it were complete
   * (undici 1940); nothing, as in mocks that do not know the signal. Default: break.
   */
  readonly onAbort?: "break" | "end" | "ignore"
}

type Answer = Script | Error | Promise<Script>

/**
 * A `fetch` that answers from a script, the n-th request with the n-th answer and the last one from then on. An `Error`
 * is what it rejects with.
 */
export function scriptedFetch(answers: readonly Answer[], options: ScriptedFetchOptions = {}): ScriptedFetch {
  const requests: SeenRequest[] = []
  const onAbort = options.onAbort ?? "break"
  const isAbortable = onAbort !== "ignore"
  const fetch = async (target: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = target instanceof Request ? target.url : target.toString()
    const signal = init.signal ?? new AbortController().signal
    const body = init.body as Uint8Array
    const headers = new Headers(init.headers)
    const { method, redirect } = init
    const request = { url, method, headers, body, redirect, signal, chunksTaken: 0, isCanceled: false }
    requests.push(request)
    const answer = answers[Math.min(requests.length, answers.length) - 1]
    if (isAbortable) signal.throwIfAborted()
    const script = await (isAbortable ? untilAborted(signal, answer) : answer)
    if (script === undefined || script instanceof Error) throw script ?? new Error("no answer is scripted")
    return respond(script, request, onAbort)
  }
  return { fetch, requests }
}

function untilAborted<T>(signal: AbortSignal, work: T): Promise<Awaited<T>> {
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error))
  })
  return Promise.race([Promise.resolve(work), aborted])
}

function respond(script: Script, request: SeenRequest, onAbort: "break" | "end" | "ignore"): Response {
  const headers = new Headers({ "content-type": "application/grpc-web+proto" })
  for (const [name, value] of Object.entries(script.headers ?? {})) {
    if (value === null) headers.delete(name)
    else headers.set(name, value)
  }
  const body = script.body === null ? null : scriptedBody(script, request, onAbort)
  return new Response(body, { status: script.status ?? 200, headers })
}

function scriptedBody(
  script: Script,
  request: SeenRequest,
  onAbort: "break" | "end" | "ignore",
): ReadableStream<Uint8Array> {
  const steps = [...(script.body ?? [])]
  const { signal } = request
  let hasEnded = false
  const end = (controller: ReadableStreamDefaultController): void => {
    if (!hasEnded && !request.isCanceled) controller.close()
    hasEnded = true
  }
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        if (onAbort === "break") signal.addEventListener("abort", () => controller.error(signal.reason))
        if (onAbort === "end") signal.addEventListener("abort", () => end(controller))
      },
      pull(controller) {
        const step = steps.shift()
        if (step instanceof Error) return controller.error(step)
        if (step === undefined) return script.isOpen ? new Promise(() => {}) : end(controller)
        request.chunksTaken++
        if (step instanceof Uint8Array) return controller.enqueue(step)
        return step.then((bytes) => controller.enqueue(bytes))
      },
      cancel() {
        request.isCanceled = true
      },
    },
    { highWaterMark: 0 },
  )
}
