import { stat } from "node:fs/promises"
import type { Log } from "../observe/log.ts"
import { readSmallFile, whyUnreadable } from "../read-small-file.ts"
import { shownPath } from "../shown-path.ts"
import type { PemFile } from "./check-pem.ts"

/** Files that are used together, such as a certificate and its key. */
export interface CertificateFiles {
  /** For messages, such as "the certificate that clients are shown". */
  readonly name: string
  readonly paths: readonly string[]
  /** What uses a renewed file. Default: new connections. */
  readonly usedBy?: string
  /**
   * Uses these files, in the order of `paths`, for new connections.
   * @throws {Error} the reason why they cannot be used; nothing has changed then
   */
  use(files: readonly PemFile[]): void
}

/** Files, with the texts that are in use now. */
export type RenewedFiles = readonly [files: CertificateFiles, used: readonly PemFile[]]

/** A bundle of all public certificate authorities has a quarter of this. */
const maxBytes = 1_048_576

/** Interval of the checks. Polling notices changes that watching misses: swapped symlinks, mounts, network file systems. */
const defaultPollMs = 5_000

/**
 * Finds renewed certificates, by polling and on a reload, and puts them to use. Certificate and key may be written one after the
 * other. So an unusable pair is tried again at every check, and reported once it was the same for two checks.
 */
export class CertificateRenewal {
  readonly #sets: readonly RenewedSet[]
  readonly #timer: NodeJS.Timeout | null
  #turn: Promise<void> = Promise.resolve()
  #isPolling = false

  constructor(sets: readonly RenewedFiles[], log: Log, pollMs: number = defaultPollMs) {
    this.#sets = sets.map(([files, used]) => new RenewedSet(files, used, log))
    this.#timer = sets.length === 0 ? null : setInterval(() => this.#poll(), pollMs).unref()
  }

  /** Number of renewed certificates that could not be used, each counted once. */
  get refused(): number {
    return this.#sets.reduce((sum, { refused }) => sum + refused, 0)
  }

  /** Resolves when no file is being read. */
  get idle(): Promise<void> {
    return this.#turn
  }

  /** Reads every file now, and logs the result. */
  async reload(): Promise<void> {
    await this.#queue(async () => {
      for (const set of this.#sets) await set.renew(true)
    })
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    for (const set of this.#sets) set.close()
  }

  #poll(): void {
    if (this.#isPolling) return
    this.#isPolling = true
    void this.#queue(async () => {
      for (const set of this.#sets) await set.look()
      this.#isPolling = false
    })
  }

  /** Runs one reading at a time. */
  #queue(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work)
    return this.#turn
  }
}

/** Result of the last reading of a set's files. */
type SetState =
  | { readonly kind: "used" }
  /** The files cannot be used, for the reason `why`. `isLogged`: the reason was logged. */
  | { readonly kind: "refused"; readonly texts: string; readonly why: string; readonly isLogged: boolean }
  | { readonly kind: "closed" }

class RenewedSet {
  refused = 0
  readonly #files: CertificateFiles
  readonly #log: Log
  #usedTexts: string
  #stamp = ""
  #state: SetState = { kind: "used" }

  constructor(files: CertificateFiles, used: readonly PemFile[], log: Log) {
    this.#files = files
    this.#log = log
    this.#usedTexts = textsOf(used)
  }

  close(): void {
    this.#state = { kind: "closed" }
  }

  /** Reads the files if they may have changed, or were unusable at the last reading. */
  async look(): Promise<void> {
    const stamp = await stampOf(this.#files.paths)
    const isChanged = stamp !== this.#stamp
    this.#stamp = stamp
    if (isChanged || this.#state.kind === "refused") await this.renew(false)
  }

  async renew(isAsked: boolean): Promise<void> {
    const read = await readFiles(this.#files.paths).then(
      (files) => ({ files, texts: textsOf(files) }),
      (cause: unknown) => ({ cause, texts: whyOf(cause) }),
    )
    if (this.#state.kind === "closed") return
    if ("cause" in read) this.#refuse(read.texts, whyOf(read.cause), isAsked)
    else if (read.texts === this.#usedTexts) this.#unchanged(isAsked)
    else this.#use(read.files, read.texts, isAsked)
  }

  #use(files: readonly PemFile[], texts: string, isAsked: boolean): void {
    const { name, paths, usedBy = "new connections" } = this.#files
    try {
      this.#files.use(files)
    } catch (cause) {
      this.#refuse(texts, whyOf(cause), isAsked)
      return
    }
    this.#usedTexts = texts
    this.#state = { kind: "used" }
    this.#log.info(`renewed ${name}: ${usedBy} use it`, { files: paths })
  }

  #unchanged(isAsked: boolean): void {
    this.#state = { kind: "used" }
    if (isAsked) this.#log.info(`${this.#files.name} is unchanged`, { files: this.#files.paths })
  }

  /** Logs the failure at once if a reload asked for it, otherwise if the next check finds the same. */
  #refuse(texts: string, why: string, isAsked: boolean): void {
    const before = this.#state
    const isSame = before.kind === "refused" && before.texts === texts && before.why === why
    const isLogged = isSame && before.isLogged
    this.#state = { kind: "refused", texts, why, isLogged: isLogged || isAsked || isSame }
    if (!isAsked && (isLogged || !isSame)) return
    if (!isLogged) this.refused++
    this.#log.error(`cannot renew ${this.#files.name}: the old one stays in use`, { why, files: this.#files.paths })
  }
}

/** Reads files of certificates and keys. */
export async function readFiles(paths: readonly string[]): Promise<PemFile[]> {
  await Promise.all(paths.map((path) => stat(path).catch(() => null))) // a file system that hangs must not hold up calls
  return paths.map(readPem)
}

function readPem(path: string): PemFile {
  try {
    return { path, text: readSmallFile(path, maxBytes).toString("utf8") }
  } catch (cause) {
    // Node's own error shows the path, in place of which somebody may have written the secret itself.
    const { code } = cause as NodeJS.ErrnoException
    throw Object.assign(
      new Error(`a file cannot be read: ${shownPath(path)}, which ${whyUnreadable(cause, maxBytes)}`),
      {
        code,
        path,
      },
    )
  }
}

function textsOf(files: readonly PemFile[]): string {
  return JSON.stringify(files.map(({ text }) => text))
}

/** A value that changes when a file is written, replaced or removed, or when a symlink in its path changes. */
async function stampOf(paths: readonly string[]): Promise<string> {
  const stamps = paths.map(async (path) => {
    const found = await stat(path, { bigint: true }).catch(() => null)
    return found === null ? "none" : `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`
  })
  return (await Promise.all(stamps)).join()
}

function whyOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const { code, path } = cause as NodeJS.ErrnoException
  return path === undefined || code === undefined ? cause.message : `${shownPath(path)} cannot be read (${code})`
}
