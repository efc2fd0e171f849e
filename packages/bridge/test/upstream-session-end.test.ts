import { expect, it } from "vitest"
import { goawayFrame, H2Code } from "./support/h2-frames.ts"
import { PageCall } from "./support/page-call.ts"
import { rawScene } from "./support/scene.ts"
import { waitFor } from "./support/wait-for.ts"

it("a process that is killed while no call is open is named as a crash, a kill or a proxy", async () => {
  const { backend, bridge } = await rawScene()
  const peer = await backend.peer(1)
  await waitFor(() => bridge.cluster.isReachable)
  peer.socket.end() // as the kernel does for a process that got SIGKILL
  await waitFor(() => bridge.sessionEnds.length === 1)
  expect(bridge.sessionEnds).toEqual([
    "the backend closed the connection without a GOAWAY: its process crashed or was killed, or a proxy between closed it; no call was open",
  ])
})

it("a process that is killed while a call is open has lost it", async () => {
  const { backend, bridge } = await rawScene()
  const call = new PageCall(bridge.address)
  const peer = await backend.peer(1)
  await peer.stream(1)
  peer.socket.end()
  expect(await call.answer).toMatchObject({ code: 14, reason: "backend-lost" })
  await waitFor(() => bridge.lostSessions.length === 1)
  expect(bridge.lostSessions[0]).toContain("without a GOAWAY: its process crashed or was killed")
})

it("a backend that says GOAWAY has announced the end", async () => {
  const { backend, bridge } = await rawScene()
  const peer = await backend.peer(1)
  await waitFor(() => bridge.cluster.isReachable)
  peer.send(goawayFrame(0, H2Code.NoError))
  peer.socket.end()
  await waitFor(() => bridge.sessionEnds.length === 1)
  expect(bridge.sessionEnds).toEqual(["the backend announced the end (GOAWAY), and every open call had ended"])
})

it("a backend that says GOAWAY and then cuts an open call is not said to have waited for it", async () => {
  const { backend, bridge } = await rawScene()
  const call = new PageCall(bridge.address)
  const peer = await backend.peer(1)
  const id = await peer.stream(1)
  peer.send(goawayFrame(id, H2Code.NoError))
  peer.socket.end()
  expect(await call.answer).toMatchObject({ code: 14 })
  await waitFor(() => bridge.sessionEnds.length === 1)
  expect(bridge.sessionEnds).toEqual(["the backend announced the end (GOAWAY), and closed it while calls were open"])
})

it("a connection that the bridge closes is its own doing", async () => {
  const { backend, bridge } = await rawScene(undefined, { idleTimeoutMs: 50 })
  await backend.peer(1)
  await waitFor(() => bridge.sessionEnds.length === 1)
  expect(bridge.sessionEnds).toEqual(["this bridge closed it"])
})
