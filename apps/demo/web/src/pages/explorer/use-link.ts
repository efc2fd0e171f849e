import type { JsonValue } from "@bufbuild/protobuf"
import { useRouter, useSearch } from "@tanstack/react-router"
import { useEffect, useRef, useState } from "react"

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
  const [revision, setRevision] = useState(0)
  const here = JSON.stringify([method, request])
  const known = useRef(here)

  useEffect(() => {
    if (known.current === here) return
    known.current = here
    setRevision((last) => last + 1)
  }, [here])

  const hrefOf: Link["hrefOf"] = (toMethod, toRequest) => {
    const search = router.options.stringifySearch?.({ method: toMethod, request: toRequest }) ?? ""
    return `#/explorer${search}`
  }
  const write: Link["write"] = (toMethod, toRequest) => {
    known.current = JSON.stringify([toMethod, toRequest])
    const href = hrefOf(toMethod, toRequest)
    router.history.replace(href.slice(1))
    return new URL(href, window.location.href).href
  }
  return { method, request, revision, hrefOf, write }
}

/** The router reads JSON in an address as what it stands for. */
function readSearch(search: unknown): Pick<Link, "method" | "request"> {
  if (typeof search !== "object" || search === null) return { method: "", request: undefined }
  const { method, request } = search as Readonly<Record<string, JsonValue | undefined>>
  return { method: typeof method === "string" ? method : "", request }
}
