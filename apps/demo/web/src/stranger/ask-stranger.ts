import { isStrangerReport, type StrangerReport } from "./report.ts"

/** Opens the page of another origin inside of this one, lets it make its call, and gives what it saw. */
export async function askStranger(origin: string, signal: AbortSignal): Promise<StrangerReport["error"]> {
  const frame = document.createElement("iframe")
  frame.title = "A page of another origin"
  frame.className = "visually-hidden"
  frame.tabIndex = -1
  frame.ariaHidden = "true"
  frame.src = `${origin}/stranger.html`
  const { promise, resolve, reject } = Promise.withResolvers<StrangerReport["error"]>()
  const onMessage = ({ source, origin: from, data }: MessageEvent): void => {
    if (source === frame.contentWindow && from === origin && isStrangerReport(data)) resolve(data.error)
  }
  const onAbort = (): void => reject(signal.reason as Error)
  signal.throwIfAborted()
  window.addEventListener("message", onMessage)
  signal.addEventListener("abort", onAbort)
  document.body.append(frame)
  try {
    return await promise
  } finally {
    frame.remove()
    window.removeEventListener("message", onMessage)
    signal.removeEventListener("abort", onAbort)
  }
}
