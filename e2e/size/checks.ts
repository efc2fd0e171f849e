import { readdirSync } from "node:fs"
import { basename, join } from "node:path"

/** One application to bundle and measure, in the form that size-limit expects. */
interface Check {
  readonly name: string
  readonly path: string
  /** Above it the check fails. */
  readonly limit?: string
}

/** The prefix of the names of applications that use one more import than the smallest. */
export const withImport = "@causeway/client with "

/** The size limit of our application, as docs/client/size.md promises. */
export const limit = "21 kB"

/** One application, a unary call, with each client. Ours comes first. */
const clients = [
  { name: "@causeway/client", path: "apps/causeway.ts", limit },
  { name: "protobuf-ts grpcweb-transport", path: "apps/protobuf-ts.ts" },
  { name: "nice-grpc-web", path: "apps/nice-grpc-web.ts" },
  { name: "grpc-web", path: "apps/grpc-web.ts" },
  { name: "connect-web", path: "apps/connect-web.ts" },
]

/** Our application with one more import, one file for each import. */
const additions = readdirSync(join(import.meta.dirname, "apps/with"))
  .sort()
  .map((file) => ({ name: withImport + basename(file, ".ts"), path: `apps/with/${file}` }))

const checks: readonly Check[] = [...clients, ...additions]

// oxlint-disable-next-line import/no-default-export -- what size-limit reads
export default checks
