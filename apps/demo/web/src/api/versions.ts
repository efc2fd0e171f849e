import { createClient, createTransport } from "@causeway/client"
import { UserService } from "@causeway/proto/api/v1/user_pb"

import { bridgeUrl } from "./bridge-url.ts"
import { recorder } from "./calls.ts"
import { place } from "./place.ts"
import { explain } from "./problem.ts"

/** How one call went: which version of the service answered, or why none did. */
export type VersionAnswer =
  | { readonly kind: "answered"; readonly by: string }
  /** `title`: the failure in words. `labels`: status and reason. */
  | { readonly kind: "failed"; readonly title: string; readonly labels: readonly string[] }

/** Recorded for the calls page like all calls, and never retried, so that each answer is that of one choice. */
const transport = createTransport({
  baseUrl: bridgeUrl,
  defaultTimeoutMs: 10_000,
  interceptors: [recorder.interceptor],
  fetch: recorder.fetch,
})
const users = createClient(UserService, transport)

/** Calls UserService once, with `x-version` if a version is asked for. */
export async function askVersion(version: string | null, signal: AbortSignal): Promise<VersionAnswer> {
  let by = "a version without a name"
  try {
    await users.listUsers(
      { pageSize: 1 },
      {
        signal,
        headers: version === null ? {} : { "x-version": version },
        onHeader: (header) => void (by = header.get("x-served-by") ?? by),
      },
    )
    return { kind: "answered", by }
  } catch (error) {
    const { title, labels } = explain(error, place)
    return { kind: "failed", title, labels }
  }
}
