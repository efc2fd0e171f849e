import type { ConfigInput } from "@causeway/bridge"

/** The implementation of HTTP for bridges in the process of a test: CAUSEWAY_CODEC, which the bridge's command reads by itself. */
export const chosenCodec: Pick<ConfigInput, "codec"> =
  process.env["CAUSEWAY_CODEC"] === "causeway" ? { codec: "causeway" } : {}
