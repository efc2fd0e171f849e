import { globSync, mkdirSync, readFileSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { root } from "./exec.ts"

/** A package that is published, and the tarball that users get. */
export interface PackedPackage {
  readonly name: string
  readonly tarball: string
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly packageManager: string
}

/** Empties the folder, and gives the command that packs every package into it, which builds them, with what it makes. */
export function packInto(folder: string): { readonly command: readonly string[]; readonly packages: PackedPackage[] } {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const pnpm = ["npx", "--yes", "--prefer-offline", readManifest(root).packageManager, "-r", "--filter", "./packages/*"]
  const manifests = globSync("packages/*/package.json", { cwd: root }).sort()
  const packages = manifests.map((file) => readManifest(dirname(join(root, file))))
  return {
    command: [...pnpm, "pack", "--pack-destination", folder],
    packages: packages.map((manifest) => ({ name: manifest.name, tarball: join(folder, tarballName(manifest)) })),
  }
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest
}

/** As npm and pnpm name it: `@causeway/client` 0.1.0 is `causeway-client-0.1.0.tgz`. */
function tarballName({ name, version }: Manifest): string {
  return `${name.replace("@", "").replace("/", "-")}-${version}.tgz`
}
