import type { BackendCall, BackendHandler } from "./grpc-backend.ts"

/** Reads the whole request and answers with the message `reply`. */
export async function sendReply(call: BackendCall): Promise<void> {
  await call.all()
  call.message("reply")
  call.end()
}

/** Sends back each message as it comes. */
export async function echoEach(call: BackendCall): Promise<void> {
  for await (const message of call.messages) call.message(message)
  call.end()
}

/** Sends back all messages once the request has ended. */
export async function echoAll(call: BackendCall): Promise<void> {
  for (const message of await call.all()) call.message(message)
  call.end()
}

/** Sends the message `here` and keeps the stream open. */
export function stayOpen(call: BackendCall): void {
  call.message("here")
}

/** Neither reads nor answers. */
export function neverAnswer(): void {}

/** Answers each call with the message `m` once the test calls the function that the call has added to the list. */
export function holdIn(held: (() => void)[]): BackendHandler {
  return async (call) => {
    await new Promise<void>((resolve) => held.push(resolve))
    call.message("m")
    call.end()
  }
}
