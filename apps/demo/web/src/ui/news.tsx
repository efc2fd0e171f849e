import { useEffect, useState } from "react"

import "./news.css"

const shownMs = 6_000

/** What was just done. A new object is new news, also with the same words. */
export interface NewsItem {
  readonly text: string
}

/** Says in a corner, and to screen readers, what was just done; goes by itself. */
export function News({ item }: { readonly item: NewsItem | null }) {
  const [gone, setGone] = useState<NewsItem | null>(null)
  useEffect(() => {
    const timer = setTimeout(() => setGone(item), shownMs)
    return () => clearTimeout(timer)
  }, [item])
  return (
    <p className="news" role="status">
      {item !== gone && item?.text}
    </p>
  )
}
