import type { FamilyFate } from "../src/downstream/request-fields.ts"
import { families, slots } from "../src/downstream/request-fields.ts"
import { replyFamilies } from "../src/upstream/reply-field-families.ts"

/** Fields that the bridge writes to the backend. A test compares them with what a backend receives. */
export const madeForBackend: Readonly<Record<string, string>> = {
  te: "`trailers`, which gRPC demands.",
  "content-type": "`application/grpc` with the suffix of the request's.",
  "grpc-timeout": "The time that is left until the deadline.",
  "grpc-encoding": "The request's.",
  "grpc-accept-encoding": "`identity`, unless the client names encodings: messages pass as they are.",
  "user-agent": "The request's `x-user-agent`, then its `user-agent`.",
  "x-forwarded-for": "The client, then each proxy (`--trusted-proxies`).",
  forwarded: "The same, where a trusted proxy has sent it (`--trusted-proxies`).",
  cookie: "The request's, as one field (`--pass-cookies`).",
}

/** Fields that the bridge writes to the page. A test compares them with what a page receives. */
export const madeForPage: Readonly<Record<string, string>> = {
  "content-type": "The wire, with the backend's suffix or else the request's.",
  "grpc-status": "In the head if no message was sent, else in the trailers.",
  "grpc-message": "Beside `grpc-status`; percent-encoded.",
  "x-causeway-reason": "Why the bridge itself ended the call ([errors.md](errors.md)).",
  "x-content-type-options": "`nosniff`.",
  "cache-control": "`no-transform`: nothing on the way may compress or gather messages.",
  "x-accel-buffering": "`no`, for nginx.",
  "access-control-allow-origin": "The page's own origin, if it may call (`--cors-origin`).",
  "access-control-allow-credentials": "`true` (`--cors-credentials`).",
  "access-control-expose-headers": "Every name in this answer that scripts may read.",
  "access-control-allow-methods": "Of a preflight's answer: `POST, OPTIONS`.",
  "access-control-allow-headers": "Of a preflight's answer: what was asked for.",
  "access-control-max-age": "Of a preflight's answer: `7200`.",
  "timing-allow-origin": "The page's own origin, if it may call.",
  vary: "`Origin`.",
  allow: "Of the answer 405.",
  "content-length": "Where the whole answer is known.",
  "transfer-encoding": "Over HTTP/1.1.",
  connection: "Over HTTP/1.1.",
  "keep-alive": "Over HTTP/1.1.",
  date: "Of every answer.",
}

const fates: Readonly<Record<FamilyFate, string>> = {
  pass: "passed",
  never: "dropped",
  ofTheBrowser: "dropped; passed by `--pass-header`",
  vouched: "dropped; passed by `--pass-header`, from trusted proxies alone once there are some",
}

/** docs/fields.md, made of the tables that the bridge itself reads. */
export function fieldsDocument(): string {
  return `${[
    "# Every field, and what becomes of it",
    "",
    "Made by `node packages/bridge/tools/write-fields.ts` from `packages/bridge/src/downstream/request-fields.ts` and",
    "`packages/bridge/src/upstream/reply-field-families.ts`; change it there. Why it is so:",
    "[decision 0014](decisions/0014-what-is-passed-dropped-trusted.md).",
    "",
    "Names are read in any case. A name that ends in `*` stands for every name that begins so. Fields of a proxy's word are known in",
    "their spellings with `_` and `.` too. A field that no row names is the application's metadata: it is passed, with its order and",
    "its duplicates. `-bin` values that a browser or a proxy has joined with commas are passed as one field each.",
    "",
    "## From the page",
    "",
    "| field | fate | why |",
    "| --- | --- | --- |",
    ...Object.entries(slots).map(([name, meaning]) => `| \`${name}\` | the bridge acts on it | ${meaning} |`),
    ...families.map(({ fate, names, why }) => `| ${listOf(names)} | ${fates[fate]} | ${why} |`),
    "| listed by `connection` | dropped | They were for this hop alone (RFC 9110 §7.6.1). |",
    "| a name with characters other than `0-9 a-z _ . -` | the request is refused | gRPC has no such names. |",
    "| any other | passed | The application's metadata; `authorization` and trace fields among them. |",
    "",
    "## Made by the bridge for the backend",
    "",
    "| field | value |",
    "| --- | --- |",
    ...Object.entries(madeForBackend).map(([name, value]) => `| \`${name}\` | ${value} |`),
    "",
    "## From the backend",
    "",
    "| field | fate | why |",
    "| --- | --- | --- |",
    ...replyFamilies.map(({ names, why }) => `| ${listOf(names)} | dropped | ${why} |`),
    "| any other | passed | The application's metadata, in the head or in the trailers as it came. |",
    "",
    "## Made by the bridge for the page",
    "",
    "| field | value |",
    "| --- | --- |",
    ...Object.entries(madeForPage).map(([name, value]) => `| \`${name}\` | ${value} |`),
  ].join("\n")}\n`
}

function listOf(names: string): string {
  return names
    .split(" ")
    .map((name) => `\`${name}\``)
    .join(", ")
}
