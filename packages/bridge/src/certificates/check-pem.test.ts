import { generateKeyPairSync } from "node:crypto"
import { generate } from "selfsigned"
import { beforeAll, describe, expect, it } from "vitest"
import type { Certificate } from "../../test/support/certificate.ts"
import { selfSigned } from "../../test/support/certificate.ts"
import { checkKeyPair, readCertificate, validityProblem } from "./check-pem.ts"

let one: Certificate
let other: Certificate
beforeAll(async () => {
  ;[one, other] = await Promise.all([selfSigned(), selfSigned()])
})

const check = (cert: string, key: string): unknown =>
  checkKeyPair({ path: "c.pem", text: cert }, { path: "k.pem", text: key })

describe("a certificate and its key", () => {
  it("are accepted when they belong together, with the chain after the certificate", () => {
    expect(() => check(`a comment\n${one.cert}\n${other.cert}`, one.key)).not.toThrow()
  })

  it("are refused with an explanation", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
    const encrypted = privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
    expect(() => check(one.cert, other.key)).toThrow(
      "the key in k.pem does not belong to the first certificate in c.pem",
    )
    expect(() => check(`${other.cert}\n${one.cert}`, one.key)).toThrow("the server's own certificate comes first")
    expect(() => check(one.key, one.cert)).toThrow(
      "c.pem holds no certificate in PEM but a key; are the two files swapped?",
    )
    expect(() => check("", one.key)).toThrow(
      "c.pem holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE",
    )
    expect(() => check(one.cert, "junk")).toThrow("k.pem holds no private key in PEM")
    expect(() => check(one.cert, encrypted)).toThrow("k.pem is protected by a passphrase")
    expect(() => check(one.cert.slice(0, 300), one.key)).toThrow("c.pem holds no certificate")
  })
})

describe("a file of several certificates", () => {
  const read = (text: string): unknown => readCertificate({ path: "ca.pem", text })

  it("is accepted with comments and keys between them", () => {
    expect(() => read(`----- ours -----\n${one.cert}\n----------\n${one.key}\n${other.cert}\n`)).not.toThrow()
  })

  it("is refused wherever a later one was cut while it was written", () => {
    const second = other.cert.trimEnd()
    const cuts = Array.from({ length: second.length - 5 }, (_, at) => second.slice(0, at + 5))
    for (const cut of cuts) expect(() => read(`${one.cert}\n${cut}`)).toThrow("ca.pem is damaged")
  })

  it("is refused when a later one is complete, but no certificate", () => {
    expect(() => read(`${one.cert}\n${other.cert.replace(/\n.{20}/, "\n")}`)).toThrow("ca.pem is damaged")
  })
})

it("a pair that OpenSSL would refuse in the handshake is refused before it is used", async () => {
  const short = await generate([{ name: "commonName", value: "short" }], { keyType: "rsa", keySize: 1_024 })
  expect(() => check(short.cert, short.private)).toThrow(
    /^OpenSSL does not accept the certificate in c.pem.*key too small/,
  )
})

it("a certificate's dates are explained", async () => {
  const certificate = checkKeyPair({ path: "c", text: one.cert }, { path: "k", text: one.key })
  const day = 86_400_000
  expect(validityProblem(certificate, Date.now())).toBeNull()
  expect(validityProblem(certificate, Date.now() + 2 * day)).toMatch(/^the certificate has expired on 20\d\d-/)
  expect(validityProblem(certificate, Date.now() - 2 * day)).toMatch(/^the certificate is not valid before 20\d\d-/)
})
