import type { JsonValue } from "@bufbuild/protobuf"
import { useRouter, useSearch } from "@tanstack/react-router"
import { useState } from "react"

/** What the address says of this page: `#/explorer?method=…&request=…`. */
export interface Link {
  /** `package.Service/Method`; empty: none. */
  readonly method: string
  /** The request in ProtoJSON; undefined: none. */
  readonly request: JsonValue | undefined
  /** Another number when somebody has followed a link; not when this page has written one. */
  readonly revision: number
  /** The address of a method with an empty request, or with this one. */
  readonly hrefOf: (method: string, request?: JsonValue) => string
  /** Writes the request into the address, and gives the whole address, for others. */
  readonly write: (method: string, request: JsonValue) => string
}

/** The address of this page, to read and to write. */
export function useLink(): Link {
  const router = useRouter()
  const { method, request } = readSearch(useSearch({ strict: false }))
  const here = JSON.stringify([method, request])
  const [seen, setSeen] = useState<Seen>({ here, written: null, revision: 0 })
  // While rendering, not in an effect: that would mount the form twice, and the second forgets what was typed into the first.
  if (seen.here !== here) {
    setSeen({ here, written: null, revision: here === seen.written ? seen.revision : seen.revision + 1 })
  }

  const hrefOf: Link["hrefOf"] = (toMethod, toRequest) => {
    const search = router.options.stringifySearch?.({ method: toMethod, request: toRequest }) ?? ""
    return `#/explorer${search}`
  }
  const write: Link["write"] = (toMethod, toRequest) => {
    setSeen((last) => ({ ...last, written: JSON.stringify([toMethod, toRequest]) }))
    const href = hrefOf(toMethod, toRequest)
    router.history.replace(href.slice(1))
    return new URL(href, window.location.href).href
  }
  return { method, request, revision: seen.revision, hrefOf, write }
}

/** What the address said when it was looked at last. */
interface Seen {
  readonly here: string
  /** What this page has written since; null: nothing. */
  readonly written: string | null
  readonly revision: number
}

/** The router reads JSON in an address as what it stands for. */
function readSearch(search: unknown): Pick<Link, "method" | "request"> {
  if (typeof search !== "object" || search === null) return { method: "", request: undefined }
  const { method, request } = search as Readonly<Record<string, JsonValue | undefined>>
  return { method: typeof method === "string" ? method : "", request }
}
