import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { formatHostPort } from "../../config/host-port.ts"
import { defaultPort, endpointAddressProblem, parseEndpointAddress } from "./address.ts"

const host = (name: string, port: number | null, scheme: "http" | "https" | null = null): object => ({
  kind: "host",
  scheme,
  host: name,
  port,
})

describe("an endpoint's address", () => {
  it.each([
    ["users:50051", host("users", 50_051)],
    ["127.0.0.1:50051", host("127.0.0.1", 50_051)],
    ["[::1]:50051", host("::1", 50_051)],
    ["[fe80::1%eth0]:80", host("fe80::1%eth0", 80)],
    ["Users.Internal:80", host("users.internal", 80)],
    ["users_v2.internal.:80", host("users_v2.internal.", 80)],
    ["http://users:50051", host("users", 50_051, "http")],
    ["HTTP://Users", host("users", null, "http")],
    ["https://users.internal/", host("users.internal", null, "https")],
    ["https://[::1]", host("::1", null, "https")],
    ["http://bücher.example", host("xn--bcher-kva.example", null, "http")],
    ["dns:///users", { kind: "dns", name: "users", port: null }],
    [
      "dns:///users.default.svc.cluster.local.:50051",
      { kind: "dns", name: "users.default.svc.cluster.local.", port: 50_051 },
    ],
    ["DNS:///users:1", { kind: "dns", name: "users", port: 1 }],
    ["dns:///127.0.0.1:1", host("127.0.0.1", 1)],
    ["dns:///[::1]", host("::1", null)],
    ["dns+srv:///_grpc._tcp.users.internal", { kind: "srv", name: "_grpc._tcp.users.internal" }],
    ["dns+srv:///users.service.consul.", { kind: "srv", name: "users.service.consul." }],
    ["unix:/run/users.sock", { kind: "unix", path: "/run/users.sock" }],
    ["unix:///run/with a space.sock", { kind: "unix", path: "/run/with a space.sock" }],
    // Hosts that are called like a scheme.
    ["dns:53", host("dns", 53)],
    ["unix:50051", host("unix", 50_051)],
    ["http:80", host("http", 80)],
    ["grpc:50051", host("grpc", 50_051)],
  ])("is read: %s", (text, expected) => {
    expect(parseEndpointAddress(text)).toEqual(expected)
    expect(endpointAddressProblem(text)).toBeNull()
  })

  it.each([
    ["", "is empty: expected host:port, http://host:port, https://host:port, dns:///name:port, "],
    ["users:50051\n", "holds a control character, perhaps a line break"],
    ["users", "has no port: expected host:port; did you mean users:50051 or dns:///users:50051?"],
    ["users:", 'has "" for a port'],
    ["users:0", 'has "0" for a port: expected host:port, from 1 to 65535'],
    ["users:65536", 'has "65536" for a port'],
    ["users:http", 'has "http" for a port'],
    [":50051", "has no host: expected host:port"],
    ["::1", "has an IPv6 address without brackets: expected host:port; did you mean [::1]:50051?"],
    ["http://::1", "has an IPv6 address without brackets"],
    [
      "fe80::1:zz:50051",
      "has several colons: expected host:port, with brackets around an IPv6 address, such as [::1]:50051",
    ],
    ["[users]:50051", 'has "users" in brackets, which is no IPv6 address'],
    ["256.0.0.1:80", 'has "256.0.0.1" for a host, which is no IPv4 address, and no name ends in a number'],
    ["a,b:80", "which looks like a list; each address is an endpoint of its own"],
    ["a b:80", 'has "a b" for a host: expected host:port'],
    ["users/x:80", "which holds a slash"],
    ["/run/users.sock", "did you mean unix:/run/users.sock?"],
    ["http:/users:50051", "needs two slashes after http: and has 1, expected http://host:port"],
    ["http:///users", "needs two slashes after http: and has 3"],
    ["http://users:50051/api", "goes on after host and port, but the path of a call is its method's"],
    ["https://users?x", "goes on after host and port"],
    ["https://users:0", 'has "0" for a port: expected https://host:port'],
    ["https://", "has no host: expected https://host:port"],
    ["dns:users:50051", "needs three slashes after dns:, expected dns:///name:port"],
    ["dns://users:50051", "needs three slashes after dns:"],
    ["dns://8.8.8.8/users:50051", "names a DNS server before the name, but the bridge asks those of the system"],
    ["dns:///", "has no host: expected dns:///name:port"],
    ["dns+srv://_grpc._tcp.users", "needs three slashes after dns+srv:, expected dns+srv:///_service._tcp.name"],
    ["dns+srv:///_grpc._tcp.users:50051", "has a port, but SRV records name the ports themselves"],
    ["dns+srv:///127.0.0.1", "has an address in place of a name"],
    ["dns+srv:///", "has no host name after the slashes"],
    ["unix:run/users.sock", "has a path that does not begin at the root: expected unix:/path or unix:///path"],
    ["unix://run/users.sock", "has a path that does not begin at the root"],
    ["unix:/run/", "ends in a slash, so it names a folder"],
    [`unix:/${"ä".repeat(60)}`, "has a path of 121 bytes, but a socket's path has at most 107 (unix(7))"],
    ["unix-abstract:users", "abstract sockets cannot be dialled; write unix:/path"],
    [
      "grpc://users:50051",
      "begins with grpc:, which is no form of the bridge; write http://users:50051 for gRPC without TLS",
    ],
    ["grpcs://users/", "write https://users for gRPC over TLS"],
    ["ipv4:10.0.0.1:50051", "write 10.0.0.1:50051, one endpoint for each address"],
    ["xds:///users", "the bridge asks no xDS server"],
    ["ftp://users", "begins with ftp:, which is no form of the bridge: expected host:port"],
  ])("is refused with the likely cause: %j", (text, words) => {
    const problem = endpointAddressProblem(text)
    expect(problem).toContain(words)
    expect(problem).toContain(JSON.stringify(text))
  })

  it("is refused without its password in the message, and cut when it is long", () => {
    const problem = endpointAddressProblem("http://me:secret@users:50051")
    expect(problem).toMatch(/^"http:\/\/…@users:50051" holds a user or a password/)
    expect(endpointAddressProblem("x".repeat(10_000))?.length).toBeLessThan(21_000)
    expect(endpointAddressProblem(`${"x".repeat(10_000)}:1`)?.length).toBeLessThan(600)
  })

  it("is read as it was put together", () => {
    const anyHost = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain())
    const port = fc.integer({ min: 1, max: 65_535 })
    const form = fc.constantFrom("", "http://", "https://", "dns:///")
    fc.assert(
      fc.property(anyHost, port, form, (name, number, prefix) => {
        const address = parseEndpointAddress(`${prefix}${formatHostPort({ host: name, port: number })}`)
        expect(address).toMatchObject({ [address.kind === "dns" ? "name" : "host"]: name, port: number })
      }),
    )
  })

  it("never throws, and explains each refusal in a few words", () => {
    const part = fc.constantFrom(
      ..."dns unix http https dns+srv : / // /// [ ] @ . .. - 1 ::1 :0 \0 ü \ud800 %".split(" "),
    )
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(part, { maxLength: 8 }).map((parts) => parts.join("")),
    )
    fc.assert(
      fc.property(text, (value) => {
        const problem = endpointAddressProblem(value)
        if (problem !== null) expect(problem).toMatch(/^".*expected /s)
        if (problem !== null) expect(problem.length).toBeLessThan(2_000)
      }),
      { numRuns: 2_000 },
    )
  })
})

it("an address without a port has the scheme's", () => {
  expect([defaultPort(true), defaultPort(false)]).toEqual([443, 80])
})
