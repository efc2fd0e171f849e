import type { PemFile } from "./check-pem.ts"
import { readCertificate } from "./check-pem.ts"
import type { CertificateFiles } from "./renewal.ts"
import { readFiles } from "./renewal.ts"

/** The file of authorities that sign the backend's certificate. */
export class UpstreamAuthorities {
  readonly files: readonly PemFile[]

  private constructor(files: readonly PemFile[]) {
    readCertificate(files[0])
    this.files = files
  }

  /**
   * Null: no file is configured.
   * @throws {UnusableCertificate} or the system's error when the file cannot be read
   */
  static async read(path: string | null): Promise<UpstreamAuthorities | null> {
    return path === null ? null : new UpstreamAuthorities(await readFiles([path]))
  }

  get pem(): string {
    return this.files[0].text
  }

  /** Describes how to renew the file: `use` receives its text for new connections. */
  renewedBy(use: (pem: string) => void): CertificateFiles {
    return {
      name: "the list of authorities for the backend's certificate",
      paths: this.files.map(({ path }) => path),
      use: (files) => use(new UpstreamAuthorities(files).pem),
    }
  }
}
