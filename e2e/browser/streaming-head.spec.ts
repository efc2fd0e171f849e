import type { ClientKind } from "./pages/calls.ts"
import { expect, test } from "./support/test.ts"
import { WatchScript } from "./support/watch-script.ts"

const contentTypes = [
  ["causeway", "application/grpc-web+proto"],
  ["text", "application/grpc-web-text+proto"],
] as const satisfies readonly (readonly [ClientKind, string])[]

for (const [kind, contentType] of contentTypes) {
  test(`Q2: a stream of ${contentType} is held back by nothing: its first small message comes while it is open`, async ({
    page,
    scriptBackend,
    bridgeTo,
    openCalls,
  }) => {
    const script = new WatchScript()
    const bridge = await bridgeTo(await scriptBackend({ audit: script.service }))
    const calls = await openCalls(bridge, kind)
    const answered = page.waitForResponse(
      (response) => response.url().endsWith("/Watch") && response.request().method() === "POST",
    )
    await calls.watch("stream")
    const watch = await script.call(1)
    // A browser that guesses a content type buffers 1 KiB first. Nothing more is sent before the page has this message.
    watch.send(1)
    expect(await calls.seen("stream", 1)).toEqual([1])

    const headers = await (await answered).allHeaders()
    expect(headers).toMatchObject({ "content-type": contentType, "x-content-type-options": "nosniff" })
    expect(headers["cache-control"]).toContain("no-transform")
    expect(headers).not.toHaveProperty("content-length")
    await calls.abort("stream")
    await watch.expectCancelled()
  })
}
