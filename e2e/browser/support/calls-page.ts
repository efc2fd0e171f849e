import type { Page } from "@playwright/test"
import type { ClientKind, ImportReport, StreamReport, UnaryOptions, UnaryReport, WatchOptions } from "../pages/calls.ts"

/** The page of pages/calls.ts as a test drives it: every method runs there. */
export interface CallsPage {
  getUser(id: string, options?: UnaryOptions): Promise<UnaryReport>
  watch(name: string, options?: WatchOptions): Promise<void>
  /** Resolves with the numbers of the events when so many have come. */
  seen(name: string, count: number): Promise<readonly number[]>
  ended(name: string): Promise<StreamReport>
  abort(name: string): Promise<void>
  beginImport(name: string): Promise<void>
  addRow(name: string, email: string): Promise<void>
  finishImport(name: string): Promise<ImportReport>
  abortImport(name: string): Promise<ImportReport>
}

/** Opens the page of calls from its origin, with this client and this bridge. */
export async function openCalls(page: Page, origin: string, kind: ClientKind, bridge: string): Promise<CallsPage> {
  await page.goto(`${origin}/calls.html`)
  await page.evaluate(([kind, bridge]) => pageCalls.connect(kind, bridge), [kind, bridge] as const)
  return {
    getUser: (id, options) => page.evaluate(([id, options]) => pageCalls.getUser(id, options), [id, options] as const),
    watch: (name, options) =>
      page.evaluate(([name, options]) => pageCalls.watch(name, options), [name, options] as const),
    seen: (name, count) => page.evaluate(([name, count]) => pageCalls.seen(name, count), [name, count] as const),
    ended: (name) => page.evaluate((name) => pageCalls.ended(name), name),
    abort: (name) => page.evaluate((name) => pageCalls.abort(name), name),
    beginImport: (name) => page.evaluate((name) => pageCalls.beginImport(name), name),
    addRow: (name, email) => page.evaluate(([name, email]) => pageCalls.addRow(name, email), [name, email] as const),
    finishImport: (name) => page.evaluate((name) => pageCalls.finishImport(name), name),
    abortImport: (name) => page.evaluate((name) => pageCalls.abortImport(name), name),
  }
}
