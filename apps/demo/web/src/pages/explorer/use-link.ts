import type { JsonValue } from "@bufbuild/protobuf"
import { useRouter, useSearch } from "@tanstack/react-router"
import { useState } from "react"

/** The part of the address that belongs to this page: `#/explorer?method=…&request=…`. */
export interface Link {
  /** `package.Service/Method`; empty: none. */
  readonly method: string
  /** The request in ProtoJSON; undefined: none. */
  readonly request: JsonValue | undefined
  /** Changes when the user follows a link, but not when this page writes the address. */
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
  // Computed while rendering: an effect would mount the form twice, and the second form would lose the text typed into
  // the first.
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

/** The last address that was read. */
interface Seen {
  readonly here: string
  /** The address that this page has written since then; null: none. */
  readonly written: string | null
  readonly revision: number
}

/** The router parses JSON in an address, so `request` arrives as a JSON value. */
function readSearch(search: unknown): Pick<Link, "method" | "request"> {
  if (typeof search !== "object" || search === null) return { method: "", request: undefined }
  const { method, request } = search as Readonly<Record<string, JsonValue | undefined>>
  return { method: typeof method === "string" ? method : "", request }
}
