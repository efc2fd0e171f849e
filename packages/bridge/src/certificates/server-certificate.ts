import type { X509Certificate } from "node:crypto"
import type { Listener } from "../downstream/listener.ts"
import type { PemFile } from "./check-pem.ts"
import { checkKeyPair, UnusableCertificate, validityProblem } from "./check-pem.ts"
import type { CertificateFiles } from "./renewal.ts"
import { readFiles } from "./renewal.ts"

/** The certificate that clients get, with its key, in its current version. */
export class ServerCertificate {
  #files: readonly PemFile[]
  #certificate: X509Certificate

  private constructor(files: readonly PemFile[]) {
    const [cert, key] = files
    this.#files = files
    this.#certificate = checkKeyPair(cert, key)
  }

  /**
   * Null: no files are configured.
   * @throws {UnusableCertificate} or the system's error when a file cannot be read
   */
  static async read(certPath: string | null, keyPath: string | null): Promise<ServerCertificate | null> {
    if (certPath === null || keyPath === null) return null
    return new ServerCertificate(await readFiles([certPath, keyPath]))
  }

  get files(): readonly PemFile[] {
    return this.#files
  }

  /** In PEM form. */
  get pem(): { readonly cert: string; readonly key: string } {
    const [cert, key] = this.#files
    return { cert: cert.text, key: key.text }
  }

  get endsAtSeconds(): number {
    return this.#certificate.validToDate.getTime() / 1_000
  }

  /** The reason why clients will reject the certificate now. Null: its dates are valid. */
  validityProblem(wallMs: number): string | null {
    return validityProblem(this.#certificate, wallMs)
  }

  /**
   * Describes how to renew the certificate on this listener. A renewed certificate with invalid dates is refused, since it is no
   * better than the old one.
   */
  renewedOn(
    listener: Pick<Listener, "renewCertificate">,
    name: string = "the certificate that clients are shown",
  ): CertificateFiles {
    return {
      name,
      paths: this.#files.map(({ path }) => path),
      use: (files) => {
        const renewed = new ServerCertificate(files)
        const problem = renewed.validityProblem(Date.now())
        if (problem !== null) throw new UnusableCertificate(files[0].path, `${problem} (${files[0].path})`)
        listener.renewCertificate(renewed.pem)
        this.#files = files
        this.#certificate = renewed.#certificate
      },
    }
  }
}
