import { judge } from "./judge.ts"

const unwatched = { reset(): void {}, largest: 0, total: 0 }

/**
 * Returns why a reader does not take linear time, or null. The reader gets texts of growing length, each twice as long as the one
 * before, so quadratic time shows at a length at which it still ends. Only the ratio of two runs decides, so the machine's speed does
 * not matter.
 */
export function whyNotLinear(
  read: (text: string) => unknown,
  textOf: (length: number) => string,
  longest = 65_536,
): string | null {
  const target = { name: "reader", run: ({ length }: Uint8Array) => void read(textOf(length)) }
  for (let length = 4_096; length <= longest; length *= 2) {
    const verdict = judge(target, new Uint8Array(length), unwatched)
    if (verdict !== null) return verdict.problem
  }
  return null
}
