import { toBinary, toJsonString } from "@bufbuild/protobuf"

import { type CallMessage, type CallRecord, fullName } from "./call-record.ts"

/** Headers of the browser or of the client itself, which a command must not repeat. */
const notRepeated = new Set(["grpc-timeout", "accept", "user-agent"])

/**
 * The call as a curl command, byte for byte: printf writes the frames of the request, and the answer is printed raw.
 */
export function asCurl({ url, requestHeader, requests }: CallRecord): string {
  const headers = requestHeader.filter(([name]) => !notRepeated.has(name))
  const parts = [
    `printf ${quoted(requests.map(octalFrame).join(""))} |`,
    "curl -sS --output - --no-buffer",
    ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    `--data-binary @- ${quoted(url)}`,
  ]
  return parts.join(" \\\n  ")
}

/** The call as a `buf curl` command, to run in the root of this repository, where the schema is. */
export function asBufCurl({ url, method, requestHeader, requests }: CallRecord): string {
  const headers = requestHeader.filter(
    ([name]) => !notRepeated.has(name) && !/^(content-type|x-grpc-web|x-user-agent)$/.test(name),
  )
  const data = requests.map(({ schema, value }) => toJsonString(schema, value)).join("")
  const parts = [
    `buf curl --protocol grpcweb --schema proto`,
    ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    `--data ${quoted(data)}`,
    quoted(url),
  ]
  return [`# ${fullName({ method })}`, parts.join(" \\\n  ")].join("\n")
}

/** gRPC-Web: a flag, four bytes of length, the message. In octal, which every printf knows. */
function octalFrame({ schema, value }: CallMessage): string {
  const message = toBinary(schema, value)
  const head = new DataView(new ArrayBuffer(5))
  head.setUint32(1, message.byteLength)
  return [...new Uint8Array(head.buffer), ...message].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("")
}

/** Quotes a text as one word for a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
