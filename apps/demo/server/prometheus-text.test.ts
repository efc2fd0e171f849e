import { describe, expect, it } from "vitest"

import { parsePrometheusText } from "./prometheus-text.ts"

describe("parsePrometheusText", () => {
  it("reads names, labels and values, and leaves out comments, timestamps and empty lines", () => {
    const text = [
      "# HELP calls_total Calls.",
      "# TYPE calls_total counter",
      'calls_total{method="a/B",code="OK"} 12 1395066363000',
      "",
      "in_flight 3",
      " \tspaced {  } 1 ",
    ].join("\n")
    expect(() => parsePrometheusText(text)).toThrow("line 6")
    expect(parsePrometheusText(text.split("\n").slice(0, 5).join("\r\n"))).toEqual([
      { name: "calls_total", labels: { method: "a/B", code: "OK" }, value: 12 },
      { name: "in_flight", labels: {}, value: 3 },
    ])
  })

  it("unescapes labels, in which anything may stand", () => {
    const [sample] = parsePrometheusText(String.raw`m{a="}\" ,=",b="\\n\n", c="é" ,} 1`)
    expect(sample?.labels).toEqual({ a: '}" ,=', b: "\\n\n", c: "é" })
  })

  it("takes label names that are also names of JavaScript", () => {
    const [sample] = parsePrometheusText('m{__proto__="a",constructor="b"} 1')
    expect(Object.entries(sample?.labels ?? {})).toEqual([
      ["__proto__", "a"],
      ["constructor", "b"],
    ])
  })

  it.each([
    ["1", 1],
    ["-1.5e-3", -0.0015],
    [".5", 0.5],
    ["2.", 2],
    ["+Inf", Infinity],
    ["-Inf", -Infinity],
    ["NaN", NaN],
  ])("reads %s", (text, value) => {
    expect(parsePrometheusText(`m ${text}`)).toEqual([{ name: "m", labels: {}, value }])
  })

  it.each(["m", "m x", "m 0x10", "1m 1", 'm{a="1" 1', 'm{a="1"b="2"} 1', "m{a=1} 1", "<html>", "m 1 2 3", "m{,} 1"])(
    "names the line that is no sample: %s",
    (line) => {
      expect(() => parsePrometheusText(`ok 1\n${line}`)).toThrow(`line 2 is no sample of a metric: ${line}`)
    },
  )
})
