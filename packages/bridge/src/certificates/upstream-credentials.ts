import { credentialFields, readToken } from "../upstream/credentials.ts"
import type { UpstreamConfig } from "../upstream/upstream-config.ts"
import type { PemFile } from "./check-pem.ts"
import type { CertificateFiles, RenewedFiles } from "./renewal.ts"
import { readFiles } from "./renewal.ts"

/** The fields that an upstream adds to its calls, with the current token of its file. */
export class UpstreamCredentials {
  #token: string | null
  readonly #metadata: UpstreamConfig["metadata"]
  readonly #name: string
  /** The file's text that was read first. Null: there is no file. */
  readonly #file: PemFile | null

  private constructor({ name, metadata }: Pick<UpstreamConfig, "name" | "metadata">, file: PemFile | null) {
    this.#name = name
    this.#metadata = metadata
    this.#file = file
    this.#token = file === null ? null : tokenOf(file)
  }

  /** @throws {Error} naming the file, when it cannot be read or holds no token */
  static async read(config: Pick<UpstreamConfig, "name" | "metadata" | "tokenFile">): Promise<UpstreamCredentials> {
    const { name, tokenFile } = config
    const [file = null] =
      tokenFile === null
        ? []
        : await readFiles([tokenFile]).catch((cause: Error) => {
            throw Object.assign(cause, { message: `token-file of upstream ${name}: ${cause.message}` })
          })
    return new UpstreamCredentials(config, file)
  }

  /** Flat list of names and values. */
  get fields(): readonly string[] {
    return credentialFields(this.#metadata, this.#token)
  }

  /** Describes how to renew the token: `use` receives the fields of new calls. */
  renewals(use: (fields: readonly string[]) => void): RenewedFiles[] {
    if (this.#file === null) return []
    const files: CertificateFiles = {
      name: `the token of upstream ${this.#name}`,
      paths: [this.#file.path],
      usedBy: "new calls",
      use: ([file]) => {
        this.#token = tokenOf(file)
        use(this.fields)
      },
    }
    return [[files, [this.#file]]]
  }
}

function tokenOf({ path, text }: PemFile): string {
  try {
    return readToken(text)
  } catch (cause) {
    throw new Error(`${path} cannot be used for a token: ${(cause as Error).message}`, { cause })
  }
}
