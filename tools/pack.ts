// Builds the packages and packs them into ./packed: `npm run pack`, docs/packages.md.

import { basename, join } from "node:path"
import { exec, root } from "./checks/exec.ts"
import { packInto } from "./checks/packages.ts"

process.exitCode = await main()

async function main(): Promise<number> {
  const folder = join(root, "packed")
  const { command, packages } = packInto(folder)
  const { exitCode, output } = await exec(command)
  if (exitCode !== 0) {
    console.error(`${output}\n$ ${command.join(" ")}\nended with exit code ${exitCode}`)
    return 1
  }
  const pathOf = (name: string): string =>
    join(folder, basename(packages.find((one) => one.name === `@causeway/${name}`)?.tarball ?? ""))
  console.log(`Packed into ${folder}. In the folder of your application:

  npm install ${pathOf("protocol")} \\
    ${pathOf("client")} @bufbuild/protobuf @connectrpc/connect

In the folder where the bridge shall run (Node 24.17, 26.2 or newer):

  npm install ${pathOf("protocol")} \\
    ${pathOf("bridge")}
  npx causeway-bridge --help

docs/packages.md says more, also how to build an image.`)
  return 0
}
