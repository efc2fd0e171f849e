/** The time that a peer gets to finish after the essential part, in milliseconds. */
export const graceMs = 1_000

/** The result of `promise`, or undefined if it takes longer than the grace time. */
export async function withinGrace<T>(promise: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), graceMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
