// Node, Deno and Bun run this file unchanged. It contains nothing for a particular runtime.
import { call } from "./call.ts"

declare const process: { readonly argv: readonly string[] }

console.log(await call(process.argv[2]!))
