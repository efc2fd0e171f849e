import { generate } from "selfsigned"

/** A key and its certificate, PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** Makes a certificate for 127.0.0.1 that signs itself, so that it is also the authority to trust. */
export async function selfSigned(
  options: {
    readonly ip?: string
    readonly dns?: string
    readonly uri?: string
    readonly notBefore?: Date
    readonly notAfter?: Date
  } = {},
): Promise<Certificate> {
  const { ip = "127.0.0.1" } = options
  const made = await generate([{ name: "commonName", value: "causeway test" }], {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: options.notBefore ?? new Date(Date.now() - 86_400_000),
    notAfterDate: options.notAfter ?? new Date(Date.now() + 86_400_000),
    extensions: [
      { name: "basicConstraints", cA: true },
      {
        name: "subjectAltName",
        altNames: [
          options.dns === undefined ? { type: 7, ip } : { type: 2, value: options.dns },
          ...(options.uri === undefined ? [] : [{ type: 6 as const, value: options.uri }]),
        ],
      },
    ],
  })
  return { key: made.private, cert: made.cert }
}
