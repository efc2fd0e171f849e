import type { RpcError } from "@causeway/client"
import { Code } from "@connectrpc/connect"

/** The origin of the page and the address of the bridge, for error messages. */
export interface Place {
  readonly bridgeUrl: string
  readonly origin: string
  /** The relay in front of the bridge, to which the page connects. Omitted: none. */
  readonly relayUrl?: string
}

/** The failure, its likely cause, and the remedy. */
export interface Words {
  readonly title: string
  readonly cause: string
  readonly remedy: string
}

/** Chooses the text for an error: by its source, then by the bridge's reason, then by the status. */
export function wordsFor(error: RpcError, place: Place): Words {
  switch (error.source) {
    case "network":
      // The client gives both failures one code and one source; only their messages differ.
      return error.rawMessage.startsWith("no answer") ? noAnswer(place) : brokeOff(place)
    case "http":
      return {
        title: "Something else answered instead of the bridge",
        cause: `A proxy, a sign-in page or another server stands at ${place.relayUrl ?? place.bridgeUrl}.`,
        remedy: "Open that address in a new tab to see what it is, and correct the bridge’s address.",
      }
    case "protocol":
      return {
        title: "The answer could not be read",
        cause: "It was cut or changed on its way, or page and service are of different versions.",
        remedy: "Try again, and reload the page if it stays. The bridge’s log has a line for this call.",
      }
    case "server":
      return (error.reason === undefined ? undefined : byReason[error.reason]) ?? byCode[error.code] ?? fallback
    case "client":
      return byCode[error.code] ?? fallback
  }
}

const fallback: Words = {
  title: "The call failed",
  cause: "The service gave a reason that this page has no words for.",
  remedy: "Try again. If it stays, look up the code and the message below.",
}

function noAnswer({ bridgeUrl, origin, relayUrl }: Place): Words {
  const check = `Check that the bridge runs at ${bridgeUrl}. If it does, start it with --cors-origin ${origin}, or add that origin to cors.origins in its file.`
  if (relayUrl === undefined) {
    return {
      title: "No answer from the bridge",
      cause: `It is not running, the connection was cut, or it does not admit this page’s origin, ${origin}.`,
      remedy: check,
    }
  }
  return {
    title: "No answer over the relay",
    cause: `The relay at ${relayUrl} cut the connection, or the bridge behind it gave no answer.`,
    remedy: `Call again past the relay. If there is no answer either: ${check}`,
  }
}

function brokeOff({ relayUrl }: Place): Words {
  const line = relayUrl === undefined ? "the connection to it" : `the connection over the relay at ${relayUrl}`
  return {
    title: "The answer broke off",
    cause: `The bridge was reached, and ${line} was cut before the answer was complete.`,
    remedy: "Call again, if what was asked for may be done twice. If it stays, look at what stands on the way.",
  }
}

const backendAway: Words = {
  title: "The service is out of reach",
  cause: "The bridge runs, but the gRPC service behind it does not answer: it is stopped, or just restarting.",
  remedy: "Start the service; the bridge finds it again within seconds. Then try again.",
}

const backendLost: Words = {
  title: "The service was lost during the call",
  cause:
    "The service had been reached. Then its connection to the bridge broke: it was stopped, or something cut the line.",
  remedy:
    "Look whether it was done, and try again if not. If it stays, look at the service’s log and at what is between.",
}

const backendWrong: Words = {
  title: "The service broke off its answer",
  cause: "The gRPC service failed in the middle of the call, or the address that the bridge calls is no gRPC service.",
  remedy:
    "Try again. If it stays, look at the service’s log, and at the bridge’s --upstream or the upstreams in its file.",
}

const busy: Words = {
  title: "Too much at once",
  cause: "The bridge or the service has more calls than it can take.",
  remedy: "Wait a moment, then try again.",
}

const requestWrong: Words = {
  title: "The request was not understood",
  cause: "The bridge does not accept how the request was written, or something on the way has changed it.",
  remedy: "Reload the page. If it stays, read the message below, and look at what stands between page and bridge.",
}

const tooSlow: Words = {
  title: "The call was given up",
  cause: "One side did not read or send for so long that the bridge would hold its bytes for ever.",
  remedy: "Try again on a better line. The bridge’s limits are --stall-timeout and --max-buffered-bytes.",
}

/** Texts by `x-causeway-reason`: the bridge itself ended the call and knows the cause. */
const byReason: Readonly<Record<string, Words>> = {
  "backend-unreachable": backendAway,
  "backend-lost": backendLost,
  "backend-refused": backendAway,
  "backend-busy": busy,
  "client-busy": busy,
  "breaker-open": busy,
  "no-healthy-endpoint": {
    title: "The service is not well",
    cause: "The bridge reaches the service, but its health checks fail, or it answers with too many errors.",
    remedy: "Look at /upstreams on the bridge’s admin port, which says why. Then try again.",
  },
  "attempt-timeout": {
    title: "No answer in time",
    cause: "The service did not begin its answer within the time that the bridge gives one attempt.",
    remedy: "Try again. A change may have been made nevertheless: look before you repeat it.",
  },
  "retry-budget-exhausted": {
    title: "The service keeps failing, and the bridge stopped repeating calls",
    cause:
      "The service failed this call. The bridge does not repeat it: too many calls have failed lately, and repeats would only load a service that is in trouble.",
    remedy:
      "The message below is the service’s own. Look at the service’s log and at /upstreams on the bridge’s admin port; repeats begin again by themselves once calls succeed. Then try again.",
  },
  "slow-backend": tooSlow,
  "slow-reader": tooSlow,
  "slow-upload": tooSlow,
  "buffer-limit": tooSlow,
  "too-fragmented": requestWrong,
  "bad-timeout": requestWrong,
  "bad-frame": requestWrong,
  "bad-base64": requestWrong,
  "truncated-request": requestWrong,
  "unexpected-compression": requestWrong,
  "head-too-large": {
    title: "The request’s headers are too long",
    cause: "They are longer than the bridge takes; the service has not seen the call.",
    remedy: "Send less metadata, or start the bridge with a larger --max-head-bytes.",
  },
  "missing-metadata": {
    title: "The call lacks a header",
    cause: "Its route on the bridge requires one that the page did not send.",
    remedy: "Set the header that the message below names.",
  },
  "unknown-route": {
    title: "The bridge has no route for this call",
    cause: "The address names no method, or the bridge’s configuration leads it nowhere.",
    remedy: "Check the path, and ask the bridge: causeway-bridge route explain.",
  },
  "route-answer": {
    title: "The service is closed for now",
    cause: "The bridge answers these calls by itself, as its configuration says.",
    remedy: "Read the message below, and try again later.",
  },
  "backend-reset": backendWrong,
  "backend-not-grpc": backendWrong,
  "backend-bad-frame": backendWrong,
  "backend-bad-metadata": backendWrong,
  "missing-status": backendWrong,
  "bad-status": backendWrong,
  "truncated-reply": backendWrong,
  "reply-too-large": {
    title: "The answer is too large",
    cause: "One message of the service is longer than the bridge passes on.",
    remedy: "Ask for less at a time, or start the bridge with a larger --max-reply-message-bytes.",
  },
  "reply-head-too-large": {
    title: "The answer’s headers or trailers are too long",
    cause:
      "The service sent more than 64 KiB of metadata, which is the bridge’s limit: mostly a long error text, many error details, or a value that grows with each call. The service may have done its work.",
    remedy:
      "Look whether it was done before you repeat it. In the service, shorten the error, or send large values in messages.",
  },
  "request-too-large": {
    title: "The message is too large",
    cause: "One message is longer than the bridge takes; the service has not seen it.",
    remedy: "Send less in one message, or start the bridge with a larger --max-request-message-bytes.",
  },
  draining: {
    title: "The bridge is stopping",
    cause: "It is being restarted or shut down, and takes no new calls.",
    remedy: "Try again in a few seconds.",
  },
  internal: {
    title: "The bridge failed on this call",
    cause:
      "A defect of the bridge ended this call, and no other. Neither the page nor the service is the cause. If the call had reached the service, it may have done its work.",
    remedy:
      "Look whether it was done, and try again if not. If it stays, find the line with “a defect in the bridge” in the bridge’s log, and report it with its stack and the bridge’s version.",
  },
  "shut-down": {
    title: "The bridge stopped",
    cause: "It was restarted or shut down while the call was open; the service may have done its work.",
    remedy: "Look whether it was done, and try again if not.",
  },
}

/** True if this reason of the bridge has a text, so that the status need not stand in for it. */
export function hasWordsForReason(reason: string): boolean {
  return reason in byReason
}

const byCode: Readonly<Partial<Record<Code, Words>>> = {
  [Code.Canceled]: {
    title: "The call was cancelled",
    cause: "It was stopped before the answer came.",
    remedy: "Make it again if you still want it.",
  },
  [Code.InvalidArgument]: {
    title: "That was not accepted",
    cause: "Something in the request breaks the service’s rules.",
    remedy: "Correct what is marked, or named below, then try again.",
  },
  [Code.AlreadyExists]: {
    title: "That exists already",
    cause: "Somebody else has the same value where each needs its own.",
    remedy: "Choose another value where it is marked, then try again.",
  },
  [Code.NotFound]: {
    title: "That does not exist any more",
    cause: "Somebody else has deleted it in the meantime.",
    remedy: "Go back and load the list again.",
  },
  [Code.DeadlineExceeded]: {
    title: "No answer in time",
    cause: "The service is slow at the moment, or the network is.",
    remedy: "Try again. A change may have been made nevertheless: look before you repeat it.",
  },
  [Code.ResourceExhausted]: busy,
  [Code.Unavailable]: backendAway,
  [Code.Unimplemented]: {
    title: "The service does not know this call",
    cause: "Page and service are of different versions, or the bridge leads to another service.",
    remedy: "Reload the page, and look at the bridge’s --upstream, or at the upstreams and routes in its file.",
  },
  [Code.PermissionDenied]: {
    title: "You may not do that",
    cause: "Your account does not have the right for it.",
    remedy: "Ask an owner of this workspace.",
  },
  [Code.Unauthenticated]: {
    title: "You are not signed in",
    cause: "The session has ended, or there was none.",
    remedy: "Sign in, then try again.",
  },
  [Code.Internal]: {
    title: "The service failed",
    cause: "It has a defect, or something it depends on has.",
    remedy: "Try again. If it stays, look at the log of the service and of the bridge.",
  },
}
