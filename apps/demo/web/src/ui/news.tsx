import { useEffect, useState } from "react"

import { Button } from "./button.tsx"
import { Icon } from "./icon.tsx"
import "./news.css"

const shownMs = 6_000
/** How long a message with an action stays. It must be long enough to undo. */
const shownWithActionMs = 15_000

/** A message about an action or a failure. A new object is a new message, even with equal text. */
export interface NewsItem {
  readonly text: string
  readonly isFailure?: boolean
  readonly action?: { readonly label: string; readonly run: () => void }
}

/**
 * Shows a message in a corner, and to screen readers. It disappears by itself, but not while it has the pointer or the
 * focus.
 */
export function News({ item }: { readonly item: NewsItem | null }) {
  const [gone, setGone] = useState<NewsItem | null>(null)
  const [isHeld, setIsHeld] = useState(false)
  useEffect(() => {
    if (item === null || isHeld) return
    const timer = setTimeout(() => setGone(item), item.action === undefined ? shownMs : shownWithActionMs)
    return () => clearTimeout(timer)
  }, [item, isHeld])
  const shown = item === gone ? null : item
  const act = () => {
    setGone(item)
    setIsHeld(false)
    item?.action?.run()
  }
  return (
    <div
      className="news"
      data-shown={shown !== null}
      data-failure={shown?.isFailure ?? false}
      onMouseEnter={() => setIsHeld(true)}
      onMouseLeave={() => setIsHeld(false)}
      onFocus={() => setIsHeld(true)}
      onBlur={() => setIsHeld(false)}
    >
      {shown?.isFailure === true && <Icon name="alert" />}
      <p role="status">{shown?.text}</p>
      {shown?.action !== undefined && (
        <Button look="quiet" icon="undo" onClick={act}>
          {shown.action.label}
        </Button>
      )}
    </div>
  )
}
