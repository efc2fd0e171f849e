/** Runs pieces of work one after the other. Each runs even if those before it failed. */
type RunNext = (work: () => Promise<void>) => Promise<void>

/** Makes a queue that is empty. */
export function oneAtATime(): RunNext {
  let queue: Promise<void> = Promise.resolve()
  return (work) => {
    const done = queue.then(work)
    queue = done.catch(() => {})
    return done
  }
}
