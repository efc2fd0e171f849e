import type { UpstreamTls } from "../upstream/target.ts"
import type { UpstreamTlsConfig } from "../upstream/upstream-config.ts"
import type { CertificateFiles } from "./renewal.ts"
import type { PemFile } from "./check-pem.ts"
import { ServerCertificate } from "./server-certificate.ts"
import { UpstreamAuthorities } from "./upstream-authorities.ts"

/** The files for TLS towards the backend: the authorities and the client certificate, in their current versions. */
export class UpstreamTlsFiles {
  #ca: string | null
  #certificate: UpstreamTls["certificate"]
  readonly #authorities: UpstreamAuthorities | null
  readonly #client: ServerCertificate | null
  readonly #config: UpstreamTlsConfig

  private constructor(
    config: UpstreamTlsConfig,
    authorities: UpstreamAuthorities | null,
    client: ServerCertificate | null,
  ) {
    this.#authorities = authorities
    this.#client = client
    this.#config = config
    this.#ca = authorities?.pem ?? null
    this.#certificate = client?.pem ?? null
  }

  /** @throws {UnusableCertificate} or the system's error when a file cannot be read */
  static async read(config: UpstreamTlsConfig): Promise<UpstreamTlsFiles> {
    const [authorities, client] = await Promise.all([
      UpstreamAuthorities.read(config.caFile),
      ServerCertificate.read(config.certFile, config.keyFile),
    ])
    return new UpstreamTlsFiles(config, authorities, client)
  }

  get tls(): UpstreamTls {
    const { serverName, subjectAltNames, minVersion } = this.#config
    return { ca: this.#ca, certificate: this.#certificate, serverName, subjectAltNames, minVersion }
  }

  /** Describes how to renew the files: `use` receives the settings for new connections. */
  renewals(use: (tls: UpstreamTls) => void): [CertificateFiles, readonly PemFile[]][] {
    const renewals: [CertificateFiles, readonly PemFile[]][] = []
    if (this.#authorities !== null) {
      const takeCa = (pem: string): void => {
        this.#ca = pem
        use(this.tls)
      }
      renewals.push([this.#authorities.renewedBy(takeCa), this.#authorities.files])
    }
    if (this.#client !== null) {
      const renewCertificate = (pem: { readonly cert: string; readonly key: string }): void => {
        this.#certificate = pem
        use(this.tls)
      }
      const name = "the certificate that the backend is shown"
      renewals.push([this.#client.renewedOn({ renewCertificate }, name), this.#client.files])
    }
    return renewals
  }
}
