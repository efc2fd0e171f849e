/**
 * Whether a Node version is inside an `engines` range of the kinds used here: `^a.b.c` and `>=a[.b[.c]]`, joined by `||`.
 *
 * @param {string} version as in `process.versions.node`
 * @param {string} range
 * @returns {boolean}
 */
export function isInRange(version, range) {
  const actual = numbers(version)
  return range.split("||").some((part) => {
    const [, operator, floor] = /^\s*(\^|>=)\s*(\d+(?:\.\d+){0,2})\s*$/.exec(part) ?? fail(part)
    const wanted = numbers(floor)
    return compare(actual, wanted) >= 0 && (operator === ">=" || actual[0] === wanted[0])
  })
}

/** @param {string} version */
function numbers(version) {
  return version.split(/[.-]/, 3).map(Number)
}

/** @param {number[]} a @param {number[]} b */
function compare(a, b) {
  for (let i = 0; i < 3; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** @param {string} part @returns {never} */
function fail(part) {
  throw new Error(`engines.node has a range that tools/node-range.mjs does not know: "${part}"`)
}
