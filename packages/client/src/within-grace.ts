/** How long a peer that has said what matters is given to finish, in milliseconds. */
export const graceMs = 1_000

/** What `promise` resolves to, or undefined if it takes longer than a peer is given that has nothing of weight to say. */
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
