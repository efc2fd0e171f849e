/** Tells each listener. One that throws keeps nothing from the others: its defect goes to the page's own error handling. */
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
