import { describe, expect, it } from "vitest"
import { problemsOf } from "../../test/support/load-text.ts"
import { loadConfig } from "./load.ts"

describe("the problems of a file", () => {
  it("are all found at once, each with its place, its path, and the nearest name", () => {
    const text = [
      "lisen: 127.0.0.1:8080",
      "timeouts:",
      "  grace: 30",
      "limits: { head: 1KB }",
      "upstreams:",
      "  users:",
      "    endpoints:",
      "      - http://users:0",
      "    balancing: { polcy: weighted }",
      "  v2: {}",
      "routes:",
      "  - name: one",
      "    match: { service: a b, headers: { x-v: { regex: (?=a) } } }",
      "    upstream: user",
      "  - name: one",
      "    weights: { users: 0 }",
      "    metadata: { add: { grpc-timeout: 1S }, remove: [host] }",
      "    strip-prefix: api",
      "  - answer: { code: OK, message: no }",
      "    name: last",
    ].join("\n")
    expect(problemsOf(text, ["--admin", "x"])).toEqual([
      expect.stringMatching(/^--admin: received "x", expected host:port/),
      "bridge.yaml:1:1: lisen: is no name that is known here; did you mean listen?",
      expect.stringMatching(/^bridge.yaml:3:10: timeouts.grace: received 30, expected .*; did you mean 30s or 30ms\?$/),
      expect.stringMatching(/^bridge.yaml:4:17: limits.head: received "1KB", expected bytes.*; did you mean 1KiB\?$/),
      expect.stringMatching(/^bridge.yaml:8:9: upstreams.users.endpoints\[0\]: "http:\/\/users:0" has "0" for a port/),
      "bridge.yaml:9:18: upstreams.users.balancing.polcy: is no name that is known here; did you mean policy?",
      expect.stringMatching(/^bridge.yaml:10:7: upstreams.v2.endpoints: received nothing, expected a list/),
      expect.stringMatching(/^bridge.yaml:13:23: routes\[0\].match.service: received "a b", expected a name such as/),
      expect.stringMatching(/^bridge.yaml:13:53: routes\[0\].match.headers.x-v.regex: /),
      'bridge.yaml:14:15: routes[0].upstream: received "user", which is no upstream; did you mean users?',
      "bridge.yaml:15:5: routes[1].name: received one, which routes[0] is too; expected each name once",
      expect.stringMatching(/^bridge.yaml:17:24: routes\[1\].metadata.add.grpc-timeout: "grpc-timeout" is gRPC's own/),
      expect.stringMatching(/^bridge.yaml:17:53: routes\[1\].metadata.remove\[0\]: "host" belongs to HTTP/),
      expect.stringMatching(/^bridge.yaml:18:19: routes\[1\].strip-prefix: "api" is no prefix.*did you mean \/api\?$/),
      expect.stringMatching(/^bridge.yaml:19:21: routes\[2\].answer.code: received "OK", expected a gRPC code/),
    ])
  })

  it("include the rules between fields", () => {
    expect(
      problemsOf(
        [
          "tls: { cert: c.pem }",
          "upstreams:",
          "  a: { endpoints: [http://a:1, https://b:1] }",
          "  b: { endpoints: [http://a:1], tls: on }",
          "  c: { endpoints: [https://a:1], tls: off }",
          "  d: { endpoints: [d:1, d:1], token-file: t, metadata: { authorization: x } }",
          "  e: { endpoints: [e:1], balancing: ring-hash }",
          "routes:",
          "  - { name: one, weights: { a: 0, b: 0 } }",
          "  - { name: two, upstream: a, retry: {}, hedging: {} }",
        ].join("\n"),
      ),
    ).toEqual([
      expect.stringMatching(/tls.key: received nothing, expected a file, since tls.cert is set$/),
      "bridge.yaml:3:20: upstreams.a.endpoints[0]: received http://a:1, but endpoints[1] speaks TLS; expected all endpoints with TLS or all without",
      "bridge.yaml:4:20: upstreams.b.endpoints[0]: received http://a:1, but tls is on; expected all endpoints with TLS or all without",
      expect.stringMatching(/^bridge.yaml:5:34: upstreams.c.tls: received off, but endpoints\[0\] begins with https:/),
      expect.stringMatching(/^bridge.yaml:6:25: upstreams.d.endpoints\[1\]: received d:1, which endpoints\[0\] is too/),
      expect.stringMatching(/^bridge.yaml:6:31: upstreams.d.token-file: received a file for the field authorization/),
      expect.stringMatching(/upstreams.e.balancing.hash: received nothing, expected header: NAME or cookie: NAME/),
      "bridge.yaml:9:18: routes[0].weights: received only weights of 0, expected at least one above 0",
      "bridge.yaml:10:42: routes[1].hedging: received retry and hedging, expected one of both (gRFC A6)",
    ])
  })

  it("include those of a mirror: its upstream, its percentage, and a route that answers itself", () => {
    const routes = [
      "  - { name: one, upstream: users, mirror: user-next }",
      "  - { name: two, upstream: users, mirror: { upstream: users-next, percent: 101 } }",
      "  - { name: three, answer: no, mirror: users-next }",
      "  - { name: four, upstream: users, mirror: { percent: 10 } }",
    ]
    const upstreams = "upstreams: { users: { endpoints: [a:1] }, users-next: { endpoints: [b:1] } }"
    expect(problemsOf([upstreams, "routes:", ...routes].join("\n"))).toEqual([
      'bridge.yaml:3:43: routes[0].mirror: received "user-next", which is no upstream; did you mean users-next?',
      "bridge.yaml:4:76: routes[1].mirror.percent: received 101, expected a number from 0 to 100",
      expect.stringMatching(
        /^bridge.yaml:5:32: routes\[2\].mirror: received mirror with answer, expected it with upstream/,
      ),
      expect.stringMatching(/^bridge.yaml:6:\d+: routes\[3\].mirror.upstream: received nothing, expected a name/),
    ])
  })

  it("include those of YAML itself, with their place", () => {
    expect(problemsOf("upstream: http://a:1\nupstream: http://b:1")).toEqual([
      expect.stringMatching(/^bridge.yaml:2:1: .*"upstream" stands twice, first in line 1/),
    ])
    expect(problemsOf("cors: [")).toEqual([expect.stringMatching(/^bridge.yaml:1:8: /)])
  })

  it("say that a file cannot be read, by the name of the flag or variable", () => {
    const loaded = loadConfig(["--config", "/nowhere/bridge.yaml"], {})
    expect(loaded).toMatchObject({
      problems: [{ name: "--config", message: expect.stringContaining("which does not exist") }],
    })
  })

  it("are told up to a number, and with an end, since a file of another kind has one in each line", () => {
    const lines = problemsOf(Array.from({ length: 5_000 }, (_, i) => `${"x".repeat(50)}${i}: 1`).join("\n"))
    expect(lines).toHaveLength(101)
    expect(lines.at(-1)).toMatch(/^configuration: has 49\d\d more problems$/)
    const [long] = problemsOf(`? "${"y".repeat(100_000)}"\n: 1`)
    expect(long.length).toBeLessThan(5_000)
  })

  it("speak of the file where it has no backend", () => {
    const missing = /^bridge.yaml: upstreams: received nothing, expected names.*; or set --upstream$/
    expect(problemsOf("listen: 127.0.0.1:0")).toEqual([expect.stringMatching(missing)])
    expect(problemsOf("")).toEqual([expect.stringMatching(missing)])
  })

  it("take Envoy's names for those of the bridge", () => {
    const text = [
      "clusters: [{ name: users }]",
      "upstreams: { users: { hosts: [a:1], connect_timeout: 1s, circuit_breakers: {}, lb_policy: ring-hash } }",
      "routes:",
      "  - { name: one, cluster: users }",
      "  - { name: two, match: { prefix: / }, weighted_clusters: { users: 1 }, retry_policy: on }",
    ].join("\n")
    const meant = problemsOf(text).flatMap(
      (line) => /(\S+): is no name .* did you mean (\S+)\?$/.exec(line)?.slice(1).join(" ") ?? [],
    )
    expect(meant).toEqual([
      "clusters upstreams",
      "upstreams.users.hosts endpoints",
      "upstreams.users.connect_timeout connect-timeout",
      "upstreams.users.circuit_breakers breaker",
      "upstreams.users.lb_policy balancing",
      "routes[0].cluster upstream",
      "routes[1].weighted_clusters weights",
      "routes[1].retry_policy retry",
      "routes[1].match.prefix service",
    ])
  })

  it("refuse upstream and upstreams together", () => {
    expect(problemsOf("upstream: http://a:1\nupstreams: { a: { endpoints: [a:1] } }")).toEqual([
      "bridge.yaml:2:1: upstreams: received upstream and upstreams (a), expected one of both",
    ])
  })
})
