import { join } from "node:path"

import { Accounts } from "./accounts.ts"
import { AuditLog } from "./audit-log.ts"
import { startBackgroundEvents } from "./background-events.ts"
import { openDatabase } from "./database.ts"
import { createRandom } from "./random.ts"
import { seed } from "./seed.ts"
import { UserStore } from "./user-store.ts"

/** The options of the demo's data. */
export interface DemoDataOptions {
  /** The directory of the database, made and filled on first start. Default: `.data` at the repository's root. */
  readonly dataDir?: string
  /** Whether to write a sign-in event every two seconds, so that the live stream moves. Default: true. */
  readonly backgroundEvents?: boolean
}

/** The data of the demo. Several servers may serve it at one time, as versions of a service share a database. */
export interface DemoData {
  readonly users: UserStore
  readonly audit: AuditLog
  readonly accounts: Accounts
  /** Closes the database. Close the servers first. */
  close(): void
}

const defaultDataDir = join(import.meta.dirname, "..", "..", "..", ".data")

/**
 * Opens the data.
 *
 * @throws DataInUseError when another process uses the directory; Error when another version of the demo made the data.
 */
export function openDemoData({ dataDir = defaultDataDir, backgroundEvents = true }: DemoDataOptions): DemoData {
  const db = openDatabase(dataDir, (fresh) => seed(fresh, Date.now()))
  const users = new UserStore(db)
  const audit = new AuditLog(db)
  const accounts = new Accounts({ db, users, audit, now: Date.now })
  const report = (error: unknown): void => console.error("no more events come by themselves:", error)
  const stopEvents = backgroundEvents
    ? startBackgroundEvents(users, accounts, createRandom(Date.now()), report)
    : () => {}
  return {
    users,
    audit,
    accounts,
    close() {
      stopEvents()
      db.close()
    },
  }
}
