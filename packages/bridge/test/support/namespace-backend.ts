import { startGrpcBackend } from "./grpc-backend.ts"

/**
 * A scripted backend as a program, to be run in a network namespace: `node namespace-backend.ts HOST [holds]`. It writes its URL, then
 * `held` for each call that it holds, and ends with its stdin.
 */
const [host, mood] = process.argv.slice(2)
const backend = await startGrpcBackend(
  {
    /** The head and the status leave together: a call whose head has come is committed, and no longer repeated (gRFC A6). */
    "/test.Service/Method": async (call) => {
      await call.all()
      call.statusOnly(0)
    },
    "/test.Service/Held": async (call) => {
      await call.all()
      if (mood === "holds") process.stdout.write("held\n")
      else call.statusOnly(0)
    },
    "/test.Service/Begun": (call) => void call.message("begun"),
  },
  { host },
)
process.stdout.write(`${backend.url}\n`)
process.stdin.resume().once("close", () => process.exit())
