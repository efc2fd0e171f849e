import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"

import { DataInUseError } from "./data-in-use-error.ts"

/**
 * The version of the tables. Increase it when they change. A database of another version is refused and not migrated,
 * because its data is made up.
 */
const SCHEMA_VERSION = 1

const SCHEMA = `
  CREATE TABLE user (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    role INTEGER NOT NULL,
    state INTEGER NOT NULL,
    team TEXT NOT NULL,
    storage_bytes INTEGER NOT NULL,
    create_ms INTEGER NOT NULL,
    update_ms INTEGER NOT NULL,
    last_seen_ms INTEGER,
    name_key TEXT NOT NULL,     -- the display name folded, to sort by
    search_text TEXT NOT NULL   -- display name, email and team folded, to look in
  ) STRICT;

  CREATE TABLE audit_event (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    time_ms INTEGER NOT NULL,
    action INTEGER NOT NULL,
    actor TEXT NOT NULL,
    user_id TEXT NOT NULL,
    user_display_name TEXT NOT NULL,
    changes TEXT NOT NULL       -- JSON: [[field, old, new], ...]
  ) STRICT;

  CREATE TABLE audit_log (
    id TEXT NOT NULL            -- one row: tells this log from that of another database, for cursors
  ) STRICT;
`

/**
 * Opens the database in `dataDir`, and creates it if there is none. A new database gets its tables and the data of
 * `seed` in one transaction. The caller must close it.
 *
 * It is locked for this process: the watchers of this server would not see changes by another server.
 *
 * @throws DataInUseError when another server has it open; Error when another version of the demo made it.
 */
export function openDatabase(dataDir: string, seed: (db: DatabaseSync) => void): DatabaseSync {
  mkdirSync(dataDir, { recursive: true })
  const db = new DatabaseSync(join(dataDir, "demo.sqlite"))
  try {
    // The lock comes first: with it, WAL needs no shared memory file beside the database.
    db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
    transact(db, () => prepareSchema(db, dataDir, seed))
    return db
  } catch (error) {
    db.close()
    throw explain(error, dataDir)
  }
}

/** Runs `work` in a transaction, which is undone when it throws. */
export function transact<T>(db: DatabaseSync, work: () => T): T {
  db.exec("BEGIN IMMEDIATE")
  try {
    const result = work()
    db.exec("COMMIT")
    return result
  } catch (error) {
    db.exec("ROLLBACK")
    throw error
  }
}

function prepareSchema(db: DatabaseSync, dataDir: string, seed: (db: DatabaseSync) => void): void {
  const version = Number(db.prepare("PRAGMA user_version").get()?.["user_version"])
  if (version === SCHEMA_VERSION) return
  if (version !== 0) {
    throw new Error(
      `The data in ${dataDir} has version ${version}, this demo reads version ${SCHEMA_VERSION}: ` +
        "delete that directory to start with fresh data, or choose another.",
    )
  }
  db.exec(SCHEMA)
  db.exec("INSERT INTO audit_log (id) VALUES (lower(hex(randomblob(4))))")
  seed(db)
  db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`)
}

/** The primary code; the bits above the lowest eight tell which kind of busy. */
const SQLITE_BUSY = 5

function explain(error: unknown, dataDir: string): unknown {
  if (!(error instanceof Error && "errcode" in error && isBusy(error.errcode))) return error
  return new DataInUseError(dataDir, error)
}

function isBusy(errcode: unknown): boolean {
  return typeof errcode === "number" && (errcode & 0xff) === SQLITE_BUSY
}
