// What runs inside the browser: a function of the page, called once a case.

import { fromBinary, toBinary } from "@bufbuild/protobuf"
import { base64Decode, base64Encode } from "@bufbuild/protobuf/wire"
import {
  ClientCompatRequestSchema,
  ClientCompatResponseSchema,
} from "./gen/connectrpc/conformance/v1/client_compat_pb.ts"
import { runCase } from "./run-case.ts"

declare global {
  /** Runs one case: a `ClientCompatRequest` and its `ClientCompatResponse`, in base64. */
  var runCase: (request: string) => Promise<string>
}

globalThis.runCase = async (request) => {
  const response = await runCase(fromBinary(ClientCompatRequestSchema, base64Decode(request)))
  return base64Encode(toBinary(ClientCompatResponseSchema, response))
}
