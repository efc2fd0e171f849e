import { create } from "@bufbuild/protobuf"
import { timestampFromMs } from "@bufbuild/protobuf/wkt"
import { type ChatResponse, ChatResponseSchema, type SupportService } from "@causeway/proto/api/v1/support_pb"
import { UserState } from "@causeway/proto/api/v1/user_pb"
import type { ServiceImpl } from "@connectrpc/connect"

import { messagesUntilAborted } from "./messages-until-aborted.ts"
import { invalidArgument } from "./rpc-errors.ts"
import type { UserStore } from "./user-store.ts"
import { required, tooLong } from "./violation.ts"

const AUTHOR = "Ada"
const MAX_CHARACTERS = 1000

/** api.v1.SupportService: an assistant who knows a little and looks the rest up. `now` is in milliseconds since 1970. */
export function createSupportService(users: UserStore, now: () => number): ServiceImpl<typeof SupportService> {
  const say = (text: string, inReplyTo: bigint): ChatResponse =>
    create(ChatResponseSchema, { author: AUTHOR, text, inReplyTo, time: timestampFromMs(now()) })
  return {
    async *chat(messages, { signal }) {
      yield say("Hello! Ask me how many users there are, or what a role may do.", 0n)
      let number = 0n
      for await (const { text } of messagesUntilAborted(messages, signal)) {
        number++
        checkText(text)
        yield say(answer(text, users), number)
      }
    },
  }
}

function checkText(text: string): void {
  const violation = text.trim() === "" ? required("text") : tooLong("text", text, MAX_CHARACTERS)
  if (violation !== null) throw invalidArgument([violation])
}

interface Topic {
  readonly about: RegExp
  readonly answer: (users: UserStore) => string
}

const topics: readonly Topic[] = [
  { about: /how many|count|number of/i, answer: countUsers },
  {
    about: /role|permission|owner|admin|member|viewer/i,
    answer: () =>
      "Viewers read, members write in their own team, admins manage users, and owners manage everything, billing included.",
  },
  { about: /suspend/i, answer: () => "A suspended account is kept with all its data, but cannot sign in." },
  { about: /invit/i, answer: () => "An invited user becomes active with the first sign-in." },
  { about: /thank/i, answer: () => "You are welcome." },
  { about: /\b(hello|hi|hey)\b/i, answer: () => "Hello! What can I do for you?" },
]

function answer(text: string, users: UserStore): string {
  const topic = topics.find(({ about }) => about.test(text))
  return topic?.answer(users) ?? "I do not know that one. I know about users, roles, invitations and suspensions."
}

function countUsers(users: UserStore): string {
  const counts = users.countByState()
  const count = (state: UserState): number => counts.get(state) ?? 0
  return `There are ${count(UserState.ACTIVE)} active, ${count(UserState.INVITED)} invited and ${count(UserState.SUSPENDED)} suspended users.`
}
