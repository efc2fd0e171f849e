import { useEffect, useState } from "react"

import type { CallLogState } from "./call-log.ts"
import { callLog } from "./calls.ts"

/** The interval of updates, in milliseconds. Short enough to look live, long enough not to slow the calls down. */
const everyMs = 100

/** The calls of this page, as of a tenth of a second ago at most: a stream may change its call a thousand times a second. */
export function useCalls(): CallLogState {
  const [shown, setShown] = useState(callLog.store.get)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null
    const show = () => {
      timer = null
      setShown(callLog.store.get())
    }
    const unsubscribe = callLog.store.subscribe(() => (timer ??= setTimeout(show, everyMs)))
    show()
    return () => {
      unsubscribe()
      if (timer !== null) clearTimeout(timer)
    }
  }, [])
  return shown
}
