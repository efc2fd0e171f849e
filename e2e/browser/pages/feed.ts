import { latest, useStream } from "@causeway/client/react"
import { createElement } from "react"
import { createRoot } from "react-dom/client"

/** A component that shows the last hundred messages of a stream, for `page.evaluate`. */
export interface Feed {
  /** Stops drawing, as a hidden tab does: no animation frame comes any more. */
  hide(): void
  /** Draws again. */
  show(): void
  /** Sends so many messages, as they would come in so many turns, and resolves when all have been taken. */
  send(messageCount: number): Promise<void>
  /** How often the component was rendered. */
  renderCount(): number
  /** The numbers of the messages that the component shows. */
  shown(): readonly number[]
}

declare global {
  var pageFeed: Feed
}

/** A message of some 800 bytes. */
type Message = readonly number[]

const draw = requestAnimationFrame.bind(globalThis)
let isHidden = false
const held: FrameRequestCallback[] = []
globalThis.requestAnimationFrame = (callback) => (isHidden ? held.push(callback) : draw(callback))

let renderCount = 0
let shown: readonly Message[] = []
let sentCount = 0
let wantedCount = 0
let wake = (): void => {}
let taken = (): void => {}

async function* messages(): AsyncGenerator<Message> {
  for (;;) {
    while (sentCount < wantedCount) {
      sentCount++
      yield Array.from({ length: 100 }, () => sentCount + 0.5)
    }
    taken()
    await new Promise<void>((resolve) => (wake = resolve))
  }
}

function Feed(): null {
  renderCount++
  shown = useStream(messages, { reduce: latest<Message>(100), initial: [] }).value
  return null
}

globalThis.pageFeed = {
  hide() {
    isHidden = true
  },
  show() {
    isHidden = false
    for (const callback of held.splice(0)) draw(callback)
  },
  send(messageCount) {
    wantedCount += messageCount
    const done = new Promise<void>((resolve) => (taken = resolve))
    wake()
    return done
  },
  renderCount: () => renderCount,
  shown: () => shown.map(([number]) => Math.floor(number)),
}

createRoot(document.body).render(createElement(Feed))
