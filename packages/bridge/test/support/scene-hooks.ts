import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest"
import type { BackendHandler, GrpcBackend } from "./grpc-backend.ts"
import { startGrpcBackend } from "./grpc-backend.ts"
import type { Bridge, BridgeOptions } from "./start-bridge.ts"
import { expectAllZero, startBridge } from "./start-bridge.ts"
import { waitFor } from "./wait-for.ts"

type Handlers = Readonly<Record<string, BackendHandler>>
type Settings = Partial<BridgeOptions>

/** A scripted gRPC backend, and a bridge that is connected to it. Exists while a test runs. */
export interface Scene {
  readonly backend: GrpcBackend
  readonly bridge: Bridge
}

/**
 * Starts a backend and a bridge before each test of the file. After the test every gauge must be zero, and nothing of the bridge's own
 * may have thrown. Hooks that the file adds after this call run inside: their `afterEach` still finds the scene.
 */
export function sceneForEachTest(handlers: Handlers, settings: Settings = {}): Scene {
  const scene = new HookedScene(handlers, settings)
  beforeEach(() => scene.start())
  afterEach(() => scene.end())
  return scene
}

/** Starts a backend and a bridge once, for tests that leave no trace in each other. The checks come after the last test. */
export function sceneForFile(handlers: Handlers, settings: Settings = {}): Scene {
  const scene = new HookedScene(handlers, settings)
  beforeAll(() => scene.start())
  afterAll(() => scene.end())
  return scene
}

class HookedScene implements Scene {
  readonly #handlers: Handlers
  readonly #settings: Settings
  #running: Scene | null = null

  constructor(handlers: Handlers, settings: Settings) {
    this.#handlers = handlers
    this.#settings = settings
  }

  get backend(): GrpcBackend {
    return this.#scene.backend
  }

  get bridge(): Bridge {
    return this.#scene.bridge
  }

  get #scene(): Scene {
    if (this.#running === null) throw new Error("the scene exists only while a test or its hooks run")
    return this.#running
  }

  async start(): Promise<void> {
    const backend = await startGrpcBackend(this.#handlers)
    const bridge = await startBridge({ upstream: backend.url, ...this.#settings })
    this.#running = { backend, bridge }
    await waitFor(() => bridge.cluster.isReachable)
  }

  async end(): Promise<void> {
    const { backend, bridge } = this.#scene
    this.#running = null
    try {
      await expectAllZero(bridge)
      expect(bridge.crashes).toEqual([])
    } finally {
      await bridge.close()
      await backend.close()
    }
  }
}
