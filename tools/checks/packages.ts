import { globSync, mkdirSync, readFileSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { root } from "./exec.ts"

/** A published package and its tarball. */
export interface PackedPackage {
  readonly name: string
  readonly tarball: string
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly packageManager: string
}

/** Empties the folder. Returns the command that builds and packs every package into it, and the resulting tarballs. */
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

/** The name that npm and pnpm give a tarball: `@causeway/client` 0.1.0 becomes `causeway-client-0.1.0.tgz`. */
function tarballName({ name, version }: Manifest): string {
  return `${name.replace("@", "").replace("/", "-")}-${version}.tgz`
}
