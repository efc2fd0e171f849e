import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { expect, it } from "vitest"

/** The globals of the language itself, and those that Node's loader needs to run TypeScript. */
const kept = [
  ...[
    "Object",
    "Function",
    "Array",
    "String",
    "Number",
    "Boolean",
    "Symbol",
    "BigInt",
    "Math",
    "JSON",
    "Date",
    "RegExp",
  ],
  ...[
    "Error",
    "TypeError",
    "RangeError",
    "SyntaxError",
    "Promise",
    "Proxy",
    "Reflect",
    "Map",
    "Set",
    "WeakMap",
    "WeakSet",
  ],
  ...[
    "ArrayBuffer",
    "DataView",
    "Uint8Array",
    "Int32Array",
    "Uint32Array",
    "globalThis",
    "undefined",
    "NaN",
    "Infinity",
  ],
  ...["WebAssembly", "TextDecoder", "TextEncoder", "process"],
]

const script = `
  const { console } = globalThis
  // These modules use globals when they are loaded.
  await import("@bufbuild/protobuf")
  await import("@bufbuild/protobuf/wire")
  await import("@connectrpc/connect")
  const kept = ${JSON.stringify(kept)}
  for (const name of Object.getOwnPropertyNames(globalThis)) if (!kept.includes(name)) delete globalThis[name]
  Object.freeze(globalThis)
  const { createTransport } = await import("./src/index.ts")
  const { fetch, setTimeout, AbortController, performance, navigator } = globalThis
  const gone = [fetch, setTimeout, AbortController, performance, navigator].every((value) => value === undefined)
  console.log(Object.isFrozen(globalThis), gone, typeof createTransport({ baseUrl: "/" }).unary)
`

it("can be imported and creates a transport if the global object is frozen and has no platform API", async () => {
  const node = promisify(execFile)
  const cwd = new URL("..", import.meta.url)
  const { stdout } = await node(process.execPath, ["--input-type=module", "--eval", script], { cwd })
  expect(stdout.trim()).toBe("true true function")
})
