// Run as it is by Node, Deno and Bun: no line of it knows where it runs.
import { call } from "./call.ts"

declare const process: { readonly argv: readonly string[] }

console.log(await call(process.argv[2]!))
