import type { PeerCertificate } from "node:tls"
import { describe, expect, it } from "vitest"
import { checkCertificate } from "./check-certificate.ts"

const certificate = (subjectaltname?: string): PeerCertificate =>
  ({ subject: { CN: "users.test" }, ...(subjectaltname === undefined ? {} : { subjectaltname }) }) as PeerCertificate

describe("a certificate", () => {
  it.each([
    ["DNS:users.test", ["users.test"]],
    ["DNS:a.test, DNS:users.test", ["b.test", "users.test"]],
    ["DNS:*.users.test", ["a.users.test"]],
    ["IP Address:127.0.0.1", ["127.0.0.1"]],
    ["DNS:a.test, URI:spiffe://prod/ns/users", ["spiffe://prod/ns/users"]],
    ['URI:"spiffe://prod/a, b"', ["spiffe://prod/a, b"]],
  ])("with the names %s is accepted for %j", (names, wanted) => {
    expect(checkCertificate(wanted, certificate(names))).toBeUndefined()
  })

  it.each([
    ["DNS:a.test, IP Address:10.0.0.1", ["users.test"], "it is for a.test, 10.0.0.1, expected users.test"],
    ["DNS:*.users.test", ["a.b.users.test", "users.test"], "it is for *.users.test, expected a.b.users.test or "],
    [
      "DNS:prod, URI:spiffe://prod/ns/users",
      ["spiffe://prod/ns/user"],
      "it is for prod, spiffe://prod/ns/users, expected ",
    ],
    // One name that reads like two.
    [
      'DNS:"a.test, URI:spiffe://prod/ns/users"',
      ["spiffe://prod/ns/users"],
      "it is for a.test, URI:spiffe://prod/ns/users,",
    ],
    ['DNS:"a\\", URI:spiffe://x/y"', ["spiffe://x/y"], 'it is for a", URI:spiffe://x/y, expected'],
    ["DNS:a.test", ["spiffe://a.test"], "it is for a.test, expected spiffe://a.test"],
    [undefined, ["spiffe://a.test"], "it has no names (subjectAltName), expected spiffe://a.test"],
    [
      Array.from({ length: 100 }, (_, i) => `DNS:${i}.test`).join(", "),
      ["users.test"],
      "it is for 0.test, 1.test, 2.test, 3.test, 4.test, 5.test, 6.test, 7.test and 92 more, expected users.test",
    ],
  ])("with the names %s is refused for %j", (names, wanted, words) => {
    const error = checkCertificate(wanted, certificate(names))
    expect(error?.message).toContain(words)
    expect(error).toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" })
  })
})
