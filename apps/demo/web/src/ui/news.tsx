import { useEffect, useState } from "react"

import { Button } from "./button.tsx"
import { Icon } from "./icon.tsx"
import "./news.css"

const shownMs = 6_000
/** Long enough to change one's mind. */
const shownWithActionMs = 15_000

/** What was just done, or failed. A new object is new news, also with the same words. */
export interface NewsItem {
  readonly text: string
  readonly isFailure?: boolean
  readonly action?: { readonly label: string; readonly run: () => void }
}

/** Says in a corner, and to screen readers, what was just done; goes by itself, but not from under a pointer or the focus. */
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
