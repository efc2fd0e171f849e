import { createPrivateKey, X509Certificate } from "node:crypto"
import type { KeyObject } from "node:crypto"
import { createSecureContext } from "node:tls"

/** A certificate or key that cannot be used, with the reason in words and the file it stands in. */
export class UnusableCertificate extends Error {
  override readonly name = "UnusableCertificate"
  readonly path: string

  constructor(path: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.path = path
  }
}

/** A text and where it was read. */
export interface PemFile {
  readonly path: string
  readonly text: string
}

/**
 * Checks that a certificate and a key are what they should be and belong together. Gives the certificate, the first of its chain.
 * @throws {UnusableCertificate}
 */
export function checkKeyPair(cert: PemFile, key: PemFile): X509Certificate {
  const certificate = readCertificate(cert)
  if (!certificate.checkPrivateKey(readKey(key))) {
    throw new UnusableCertificate(
      key.path,
      `the key in ${key.path} does not belong to the first certificate in ${cert.path}; the server's own certificate comes first there, its chain after it`,
    )
  }
  checkTogether(cert, key)
  return certificate
}

/** OpenSSL refuses some pairs only when they are put to use (a short key, a weak signature): then it would be too late. */
function checkTogether(cert: PemFile, key: PemFile): void {
  try {
    createSecureContext({ cert: cert.text, key: key.text })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new UnusableCertificate(
      cert.path,
      `OpenSSL does not accept the certificate in ${cert.path} with its key (${why})`,
      { cause },
    )
  }
}

/** A whole block of PEM, with its label. */
const block = /-----BEGIN ([A-Z0-9 ]+)-----[^]*?-----END \1-----/g
/** The rest of a block that is not whole. */
const cutBlock = /-----(?:BEGIN |END |[A-Z ]*$)/

/**
 * Checks that a file holds certificates, and that each of them is whole: TLS takes those before a broken one without a word.
 * Gives the first.
 * @throws {UnusableCertificate}
 */
export function readCertificate({ path, text }: PemFile): X509Certificate {
  const hint = text.includes("PRIVATE KEY-----")
    ? " but a key; are the two files swapped?"
    : ", which begins with -----BEGIN CERTIFICATE-----"
  const first = parseCertificate(path, text, `${path} holds no certificate in PEM${hint}`)
  const damage = `${path} is damaged after its first certificate; was it read while it was written?`
  if (cutBlock.test(text.replaceAll(block, ""))) throw new UnusableCertificate(path, damage)
  for (const [whole, label] of text.matchAll(block)) {
    if (label === "CERTIFICATE") parseCertificate(path, whole, damage)
  }
  return first
}

function parseCertificate(path: string, text: string, problem: string): X509Certificate {
  try {
    return new X509Certificate(text)
  } catch (cause) {
    throw new UnusableCertificate(path, problem, { cause })
  }
}

function readKey({ path, text }: PemFile): KeyObject {
  try {
    return createPrivateKey(text)
  } catch (cause) {
    const isEncrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text)
    throw new UnusableCertificate(
      path,
      isEncrypted
        ? `the key in ${path} is protected by a passphrase, which the bridge cannot ask for; write it without one (openssl pkey -in FILE -out NEWFILE)`
        : `${path} holds no private key in PEM, which begins with -----BEGIN PRIVATE KEY-----`,
      { cause },
    )
  }
}

/** Why a certificate is not valid at this time, in words; null: it is valid. */
export function validityProblem(certificate: X509Certificate, wallMs: number): string | null {
  const { validFromDate, validToDate } = certificate
  if (wallMs > validToDate.getTime()) return `the certificate has expired on ${validToDate.toISOString()}`
  if (wallMs < validFromDate.getTime()) return `the certificate is not valid before ${validFromDate.toISOString()}`
  return null
}
