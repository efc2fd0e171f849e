// Regenerates gen/ from the suite's proto files. Run it after changing the suite's version in suite.ts.

import { join } from "node:path"
import { exec } from "../../tools/checks/exec.ts"
import { protoFolder } from "./suite.ts"

const protos = await protoFolder()
const notSpoken = join(protos, "connectrpc/conformance/v1/suite.proto")
const { exitCode, output } = await exec(["buf", "generate", protos, "--exclude-path", notSpoken], {
  cwd: "e2e/conformance",
})
console.log(output)
process.exitCode = exitCode
