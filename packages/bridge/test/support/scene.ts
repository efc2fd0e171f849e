import { expect, onTestFinished } from "vitest"
import type { Certificate } from "./certificate.ts"
import type { BackendHandler, GrpcBackend, GrpcBackendOptions } from "./grpc-backend.ts"
import { startGrpcBackend } from "./grpc-backend.ts"
import type { RawBackend, RawPeer, RawPeerOptions } from "./raw-h2.ts"
import { startRawBackend } from "./raw-h2.ts"
import type { Bridge, BridgeOptions } from "./start-bridge.ts"
import { expectAllZero, startBridge } from "./start-bridge.ts"

type BridgeSettings = Partial<BridgeOptions> & {
  /** Number of errors that the test provokes. Default 0. */
  readonly expectedCrashes?: number
}

/** A bridge before a raw backend. */
export interface RawScene {
  readonly backend: RawBackend
  readonly bridge: Bridge
}

/**
 * Starts both, over TLS when a certificate is given for the backend; at the test's end every gauge must be zero, and nothing of
 * the bridge's own may have thrown.
 */
export async function rawScene(
  onConnection?: (peer: RawPeer) => void,
  options: BridgeSettings & { readonly peer?: RawPeerOptions; readonly tls?: Certificate } = {},
): Promise<RawScene> {
  const { peer, tls, ...settings } = options
  const backend = await startRawBackend(onConnection, tls === undefined ? peer : { ...peer, tls })
  const bridge = await startBridge({ upstream: backend.url, ...(tls && { upstreamCa: tls.cert }), ...settings })
  leaveNothing(bridge, [backend], options.expectedCrashes)
  return { backend, bridge }
}

/** A bridge before a backend that answers each call with the same frames. */
export interface ReplyScene extends RawScene {
  /** The frames of the next answers, sent once the requests have ended. */
  replyWith(frames: (streamId: number) => readonly Uint8Array[]): void
}

/** Starts both; at the test's end every gauge must be zero, and nothing of the bridge's own may have thrown. */
export async function replyScene(options: BridgeSettings & { readonly tls?: Certificate } = {}): Promise<ReplyScene> {
  let reply: (streamId: number) => readonly Uint8Array[] = () => []
  const scene = await rawScene((peer) => {
    peer.onFrame = ({ streamId }) => {
      if (!peer.hasEnded(streamId)) return
      peer.forget(streamId)
      peer.send(...reply(streamId))
    }
  }, options)
  return { ...scene, replyWith: (frames) => (reply = frames) }
}

/** A bridge before a scripted gRPC backend. */
export interface GrpcScene {
  readonly backend: GrpcBackend
  readonly bridge: Bridge
}

/** Starts both; at the test's end every gauge must be zero, and nothing of the bridge's own may have thrown. */
export async function grpcScene(
  handler: BackendHandler,
  options: BridgeSettings & { readonly backend?: GrpcBackendOptions } = {},
): Promise<GrpcScene> {
  const { backend: backendOptions, ...settings } = options
  const backend = await startGrpcBackend({ "/test.Service/Method": handler }, backendOptions)
  const bridge = await startBridge({ upstream: backend.url, ...settings })
  leaveNothing(bridge, [backend], options.expectedCrashes)
  return { backend, bridge }
}

/** Checks and closes at the end of the test. */
export function leaveNothing(
  bridge: Bridge,
  others: readonly { close(): Promise<void> }[] = [],
  expectedCrashes: number = 0,
): void {
  onTestFinished(async () => {
    try {
      await expectAllZero(bridge)
      expect(bridge.crashes).toHaveLength(expectedCrashes)
    } finally {
      await bridge.close()
      for (const other of others) await other.close()
    }
  })
}
