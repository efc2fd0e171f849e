import { Code } from "@connectrpc/connect"

/** A status code's name as gRPC writes it: `NOT_FOUND`. Codes that this page does not know keep their number. */
export function statusName(code: Code): string {
  // connect spells it with one L.
  if (code === Code.Canceled) return "CANCELLED"
  const name: string | undefined = Code[code]
  return name === undefined ? `code ${code}` : name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase()
}
