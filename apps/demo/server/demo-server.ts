import { type DemoDataOptions, openDemoData } from "./demo-data.ts"
import { serveDemo, type ServeDemoOptions } from "./serve-demo.ts"

/** The options of the demo's gRPC server. */
export interface DemoServerOptions extends DemoDataOptions, ServeDemoOptions {}

/** A demo server that is listening. */
export interface DemoServer {
  /** `http://host:port`, for HTTP/2 with prior knowledge. */
  readonly address: string
  /** How many AuditService.Watch streams are open. */
  readonly watcherCount: number
  /**
   * Stops listening and ends open streams with UNAVAILABLE. Cuts connections that are still open after `graceMs`
   * milliseconds (default 1000). Resolves when everything is closed, including the database. A second call waits for
   * the first.
   */
  close(graceMs?: number): Promise<void>
}

/**
 * Starts the demo's gRPC server with data of its own.
 *
 * @throws DataInUseError when another server uses the data directory; Error when the port is taken (code EADDRINUSE), or
 *   when another version of the demo made the data.
 */
export async function startDemoServer(options: DemoServerOptions = {}): Promise<DemoServer> {
  const data = openDemoData(options)
  const server = await serveDemo(data, options).catch((error: unknown) => {
    data.close()
    throw error
  })
  const closeAll = async (graceMs: number): Promise<void> => {
    await server.close(graceMs)
    data.close()
  }
  let closed: Promise<void> | null = null
  return {
    address: server.address,
    get watcherCount() {
      return data.audit.watcherCount
    },
    close: (graceMs = 1000) => (closed ??= closeAll(graceMs)),
  }
}
