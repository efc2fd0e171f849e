import { Window } from "happy-dom"
import type { ReactNode } from "react"
import { settle } from "../src/testing/held-clock.ts"

// React looks for these when it is loaded, and so it is loaded after them.
const window = new Window()
Object.assign(globalThis, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: true })
const { act } = await import("react")
const { createRoot } = await import("react-dom/client")

/** A React tree in a page that nobody sees. */
export interface Mounted {
  rerender(node: ReactNode): Promise<void>
  unmount(): Promise<void>
}

/** Renders a tree, with its effects. */
export async function mount(node: ReactNode): Promise<Mounted> {
  const root = createRoot(document.createElement("div"))
  const inAct = (work: () => void): Promise<void> =>
    act(async () => {
      work()
      await settle()
    })
  await inAct(() => root.render(node))
  return {
    rerender: (next) => inAct(() => root.render(next)),
    unmount: () => inAct(() => root.unmount()),
  }
}

/** Does something that makes React render, and lets it. */
export async function whileReactRenders(work: () => unknown): Promise<void> {
  await act(async () => {
    await work()
    await settle()
  })
}
