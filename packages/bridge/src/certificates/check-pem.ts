import { createPrivateKey, X509Certificate } from "node:crypto"
import type { KeyObject } from "node:crypto"
import { createSecureContext } from "node:tls"

/** The error for an unusable certificate or key: the reason, and the file. */
export class UnusableCertificate extends Error {
  override readonly name = "UnusableCertificate"
  readonly path: string

  constructor(path: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.path = path
  }
}

/** A file's text and path. */
export interface PemFile {
  readonly path: string
  readonly text: string
}

/**
 * Checks that a certificate and a key are well-formed and belong together. Returns the certificate, the first of its chain.
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

/** OpenSSL refuses some pairs (a short key, a weak signature) only when they are used. That would be too late, so this tries it. */
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

/** A complete PEM block, with its label. */
const block = /-----BEGIN ([A-Z0-9 ]+)-----[^]*?-----END \1-----/g
/** A trace of an incomplete block. */
const cutBlock = /-----(?:BEGIN |END |[A-Z ]*$)/

/**
 * Checks that a file contains certificates, and that each of them is complete: TLS would silently use those before a broken one.
 * Returns the first.
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

/** The reason why a certificate is not valid at this time. Null: it is valid. */
export function validityProblem(certificate: X509Certificate, wallMs: number): string | null {
  const { validFromDate, validToDate } = certificate
  if (wallMs > validToDate.getTime()) return `the certificate has expired on ${validToDate.toISOString()}`
  if (wallMs < validFromDate.getTime()) return `the certificate is not valid before ${validFromDate.toISOString()}`
  return null
}
