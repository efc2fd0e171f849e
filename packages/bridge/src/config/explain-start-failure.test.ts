import { expect, it } from "vitest"
import { explainStartFailure } from "./explain-start-failure.ts"
import { UnusableCertificate } from "../certificates/check-pem.ts"
import { ConfigError, parseConfig } from "./check.ts"

const config = parseConfig({
  upstream: "https://backend:1",
  upstreamCaFile: "/etc/ca.pem",
  tlsCertFile: "/etc/cert.pem",
  tlsKeyFile: "/etc/key.pem",
  accessLog: "/var/log/calls",
  listen: "127.0.0.1:8080",
  admin: "127.0.0.1:9901",
})

function explain(fields: object): string {
  return explainStartFailure(Object.assign(new Error("raw"), fields), config)
}

it.each([
  [
    "EADDRINUSE",
    8_080,
    "port 8080 is in use (127.0.0.1:8080); end the program that holds it, or choose another with --listen",
  ],
  [
    "EADDRINUSE",
    9_901,
    "port 9901 is in use (127.0.0.1:9901); end the program that holds it, or choose another with --admin",
  ],
  ["EACCES", 8_080, "port 8080 may not be opened by this user"],
  ["EADDRNOTAVAIL", 9_901, "127.0.0.1 is no address of this machine; choose another with --admin"],
  ["EMFILE", 8_080, "127.0.0.1:8080 cannot be listened on (EMFILE)"],
])("%s on port %d names the port and the flag that changes it", (code, port, text) => {
  expect(explain({ code, syscall: "listen", address: "127.0.0.1", port })).toContain(text)
})

it("a host without an address is named with its flag", () => {
  expect(explain({ code: "ENOTFOUND", syscall: "getaddrinfo", hostname: "nowhere" })).toContain(
    '"nowhere"; name an address',
  )
})

it.each([
  ["/etc/ca.pem", "--upstream-ca"],
  ["/etc/cert.pem", "--tls-cert"],
  ["/etc/key.pem", "--tls-key"],
  ["/var/log/calls", "--access-log"],
])("a file that cannot be opened is named with its flag: %s", (path, flag) => {
  expect(explain({ code: "EISDIR", path })).toBe(`${flag}: the file ${path} cannot be opened (EISDIR)`)
})

it.each([
  ["ENOENT", "does not exist"],
  ["EACCES", "cannot be opened by this user"],
])("a file that cannot be opened for %s says so in words", (code, text) => {
  expect(explain({ code, path: "/etc/key.pem" })).toContain(`--tls-key: the file /etc/key.pem ${text}`)
})

it("a file that two flags name is named with both, since either may be the wrong one", () => {
  const both = parseConfig({ upstream: "https://backend:1", tlsCertFile: "/etc/a.pem", tlsKeyFile: "/etc/a.pem" })
  const cause = new UnusableCertificate("/etc/a.pem", "/etc/a.pem holds no private key")
  expect(explainStartFailure(cause, both)).toBe("--tls-cert, --tls-key: /etc/a.pem holds no private key")
})

it("an unusable certificate names the flags that may be wrong", () => {
  expect(explain({ code: "ERR_OSSL_PEM_NO_START_LINE" })).toContain("--tls-cert, --tls-key")
})

it("an unknown failure is passed on unchanged", () => {
  expect(explain({})).toBe("raw")
  expect(explain({ code: "ENOENT", path: "/other" })).toBe("raw")
  expect(explainStartFailure("text", config)).toBe("text")
  expect(explainStartFailure(new ConfigError([{ name: "a", message: "b" }]), config)).toContain("a: b")
})

it("a file of an upstream is named with its place in the configuration file", () => {
  const fleet = parseConfig({
    upstreams: [{ name: "users", endpoints: ["https://a:1"], tls: { caFile: "/u/ca.pem" }, tokenFile: "/u/token" }],
  })
  const missing = (path: string): string =>
    explainStartFailure(Object.assign(new Error("raw"), { code: "ENOENT", path }), fleet)
  expect(missing("/u/ca.pem")).toContain("upstreams.users.tls.ca: the file /u/ca.pem does not exist")
  expect(missing("/u/token")).toContain("upstreams.users.token-file: the file /u/token does not exist")
})

it("a token that stands in place of its file's path is not shown", () => {
  const tokenFile = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"
  const fleet = parseConfig({ upstreams: [{ name: "users", endpoints: ["https://a:1"], tokenFile }] })
  const cause = Object.assign(new Error("raw"), { code: "ENOENT", path: tokenFile })
  const text = explainStartFailure(cause, fleet)
  expect(text).toContain("upstreams.users.token-file: the file ghp_… (40 characters; not shown")
  expect(text).not.toContain(tokenFile)
})
