/**
 * Calls each listener. If one throws, the others are still called, and the error goes to the page's own error handling.
 */
export function tellListeners<T>(listeners: Iterable<(news: T) => void>, news: T): void {
  for (const listener of listeners) {
    try {
      listener(news)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}
