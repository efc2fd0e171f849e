import { generateKeyPairSync } from "node:crypto"
import { beforeAll, describe, expect, it } from "vitest"
import type { Certificate } from "../../test/support/certificate.ts"
import { selfSigned } from "../../test/support/certificate.ts"
import { checkKeyPair, validityProblem } from "./check-pem.ts"

let one: Certificate
let other: Certificate
beforeAll(async () => {
  ;[one, other] = await Promise.all([selfSigned(), selfSigned()])
})

const check = (cert: string, key: string): unknown =>
  checkKeyPair({ path: "c.pem", text: cert }, { path: "k.pem", text: key })

describe("a certificate and its key", () => {
  it("are taken when they belong together, the chain after the certificate", () => {
    expect(() => check(`a comment\n${one.cert}\n${other.cert}`, one.key)).not.toThrow()
  })

  it("are refused in words for what is wrong", () => {
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

it("a certificate's dates are told in words", async () => {
  const certificate = checkKeyPair({ path: "c", text: one.cert }, { path: "k", text: one.key })
  const day = 86_400_000
  expect(validityProblem(certificate, Date.now())).toBeNull()
  expect(validityProblem(certificate, Date.now() + 2 * day)).toMatch(/^the certificate has expired on 20\d\d-/)
  expect(validityProblem(certificate, Date.now() - 2 * day)).toMatch(/^the certificate is not valid before 20\d\d-/)
})
