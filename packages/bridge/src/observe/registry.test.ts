import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Registry } from "./registry.ts"

describe("the registry", () => {
  it("writes counters, gauges and histograms in Prometheus' text format", () => {
    const registry = new Registry()
    registry.counter("calls_total", "All calls.").value += 3
    registry.counters("ended_total", "By code.", ["code", "by"])(["OK", "us"]).value++
    registry.gauge("open", "Open now.", () => 2.5)
    registry.readCounter("cpu_seconds_total", "CPU.", () => 0.25)
    const durations = registry.histograms("duration_seconds", "How long.", ["method"], [0.1, 1])(["m"])
    for (const seconds of [0.05, 0.1, 0.5, 7]) durations.observe(seconds)
    expect(registry.expose()).toBe(`# HELP calls_total All calls.
# TYPE calls_total counter
calls_total 3
# HELP ended_total By code.
# TYPE ended_total counter
ended_total{code="OK",by="us"} 1
# HELP open Open now.
# TYPE open gauge
open 2.5
# HELP cpu_seconds_total CPU.
# TYPE cpu_seconds_total counter
cpu_seconds_total 0.25
# HELP duration_seconds How long.
# TYPE duration_seconds histogram
duration_seconds_bucket{method="m",le="0.1"} 2
duration_seconds_bucket{method="m",le="1"} 3
duration_seconds_bucket{method="m",le="+Inf"} 4
duration_seconds_sum{method="m"} 7.65
duration_seconds_count{method="m"} 4
`)
  })

  it("writes a histogram without labels too", () => {
    const registry = new Registry()
    registry.histograms("h", "H.", [], [1])([]).observe(2)
    expect(registry.expose()).toContain('h_bucket{le="1"} 0\nh_bucket{le="+Inf"} 1\nh_sum 2\nh_count 1\n')
  })

  it("returns the same sample for the same labels", () => {
    const bind = new Registry().counters("a", "A.", ["x"])
    expect(bind(["1"])).toBe(bind(["1"]))
    expect(bind(["1"])).not.toBe(bind(["2"]))
  })

  it("no longer shows a removed sample, and starts from zero under its labels", () => {
    const registry = new Registry()
    const bind = registry.counters("a_total", "A.", ["x"])
    const observe = registry.histograms("h", "H.", ["x"], [1])
    for (const x of ["1", "2"]) {
      bind([x]).value++
      observe([x]).observe(1)
    }
    registry.remove("a_total", ["1"])
    registry.remove("h", ["1"])
    expect(registry.expose()).not.toContain('x="1"')
    expect(registry.expose()).toContain('a_total{x="2"} 1')
    expect(bind(["1"]).value).toBe(0)
  })

  it("keeps only the samples whose value of a label is kept, and leaves families without that label alone", () => {
    const registry = new Registry()
    const bind = registry.counters("a_total", "A.", ["upstream", "x"])
    const observe = registry.histograms("h", "H.", ["upstream"], [1])
    registry.counter("b_total", "B.").value++
    for (const upstream of ["old", "new"]) {
      bind([upstream, "1"]).value++
      observe([upstream]).observe(1)
    }
    registry.retain("upstream", (name) => name === "new")
    const samples = registry.expose().match(/^[a-z]\S+/gm)
    expect(samples?.filter((sample) => sample.includes("old"))).toEqual([])
    expect(samples).toEqual(
      expect.arrayContaining(['a_total{upstream="new",x="1"}', 'h_count{upstream="new"}', "b_total"]),
    )
  })

  it("adds up histograms", () => {
    const observe = new Registry().histograms("h", "H.", ["x"], [1, 2])
    const [one, other] = [observe(["1"]), observe(["2"])]
    for (const value of [1, 1.5, 3]) one.observe(value)
    other.observe(1)
    other.add(one)
    const lines: string[] = []
    other.write(lines, "h", "")
    expect(lines).toEqual([
      'h_bucket{le="1"} 2',
      'h_bucket{le="2"} 3',
      'h_bucket{le="+Inf"} 4',
      "h_sum 6.5",
      "h_count 4",
    ])
  })

  it("writes the labels of a gauge", () => {
    const registry = new Registry()
    registry.gauge("build_info", "B.", () => 1, { version: "1.2.3", node: "v24" })
    expect(registry.expose()).toContain('build_info{version="1.2.3",node="v24"} 1\n')
  })

  it("accepts no name twice", () => {
    const registry = new Registry()
    registry.counter("a", "A.")
    expect(() => registry.gauge("a", "A.", () => 0)).toThrow("The metric a exists already")
  })

  it("writes non-finite numbers as Prometheus does", () => {
    const registry = new Registry()
    for (const value of [NaN, Infinity, -Infinity]) registry.gauge(`g${value}`, "G.", () => value)
    expect(registry.expose().match(/ (NaN|\+Inf|-Inf)$/gm)).toEqual([" NaN", " +Inf", " -Inf"])
  })

  it("escapes label values, so that no value can forge a line, and keeps them distinct", () => {
    const value = fc.string({ unit: fc.constantFrom("\\", '"', "\n", "n", "a", "}", "é") })
    fc.assert(
      fc.property(fc.uniqueArray(value, { maxLength: 5 }), (values) => {
        const registry = new Registry()
        const bind = registry.counters("c", "C.", ["label"])
        for (const one of values) bind([one]).value++
        const samples = registry.expose().trimEnd().split("\n").slice(2)
        expect(samples.map(unescapeSample)).toEqual(values)
      }),
    )
  })
})

function unescapeSample(line: string): string {
  const [, escaped] = /^c\{label="((?:[^"\\]|\\["\\n])*)"\} 1$/.exec(line) ?? []
  if (escaped === undefined) throw new Error(`not a sample: ${line}`)
  return escaped.replace(/\\(.)/g, (_, letter: string) => (letter === "n" ? "\n" : letter))
}
