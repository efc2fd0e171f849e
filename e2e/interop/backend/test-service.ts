import { setTimeout as delay } from "node:timers/promises"
import { create, toBinary } from "@bufbuild/protobuf"
import { anyPack } from "@bufbuild/protobuf/wkt"
import { BadRequestSchema } from "@causeway/proto/google/rpc/error_details_pb"
import { StatusSchema } from "@causeway/proto/google/rpc/status_pb"
import type {
  EchoStatus,
  SimpleRequest,
  StreamingInputCallRequest,
  StreamingOutputCallRequest,
} from "@causeway/proto/grpc/testing/messages_pb"
import * as grpc from "@grpc/grpc-js"

type Unary = grpc.ServerUnaryCall<SimpleRequest, object>
type Upload = grpc.ServerReadableStream<StreamingInputCallRequest, object>
type Download = grpc.ServerWritableStream<StreamingOutputCallRequest, object>
type Duplex = grpc.ServerDuplexStream<StreamingOutputCallRequest, object>
type Reply = grpc.sendUnaryData<object>

/**
 * grpc.testing.TestService on grpc-js, as grpc's interop test descriptions define it. The metadata `x-behaviour` adds
 * behaviour:
 * - `silent`: never answers; `hold`: leaves a stream open after its last message;
 * - `twice`: repeats a name in head and trailers, as text and as bytes;
 * - `details`: a failure has google.rpc.Status with a BadRequest, and trailers of its own.
 */
export const testService: grpc.UntypedServiceImplementation = {
  emptyCall(call: Unary, reply: Reply) {
    reply(null, {}, echoMetadata(call))
  },
  unaryCall(call: Unary, reply: Reply) {
    if (behaviour(call) === "silent") return
    const trailer = echoMetadata(call)
    const { responseStatus, responseSize } = call.request
    if (isFailure(responseStatus)) reply(failure(call, responseStatus, trailer))
    else reply(null, { payload: payload(responseSize) }, trailer)
  },
  streamingInputCall(call: Upload, reply: Reply) {
    const trailer = echoMetadata(call)
    let size = 0
    call.on("data", ({ payload }: StreamingInputCallRequest) => (size += payload?.body.length ?? 0))
    call.on("end", () => reply(null, { aggregatedPayloadSize: size }, trailer))
  },
  streamingOutputCall(call: Download) {
    void answerAll(call, [call.request])
  },
  fullDuplexCall(call: Duplex) {
    void answerAll(call, call as AsyncIterable<StreamingOutputCallRequest>)
  },
  async halfDuplexCall(call: Duplex) {
    const requests: StreamingOutputCallRequest[] = []
    for await (const request of call as AsyncIterable<StreamingOutputCallRequest>) requests.push(request)
    await answerAll(call, requests)
  },
}

async function answerAll(
  call: Download | Duplex,
  requests: AsyncIterable<StreamingOutputCallRequest> | Iterable<StreamingOutputCallRequest>,
): Promise<void> {
  if (behaviour(call) === "silent") return
  const trailer = echoMetadata(call)
  for await (const { responseParameters, responseStatus } of requests) {
    for (const { size, intervalUs } of responseParameters) {
      if (intervalUs > 0) await delay(intervalUs / 1_000)
      call.write({ payload: payload(size) })
    }
    if (!isFailure(responseStatus)) continue
    call.emit("error", failure(call, responseStatus, trailer))
    return
  }
  if (behaviour(call) !== "hold") call.end(trailer)
}

type AnyCall = Unary | Upload | Download | Duplex

function behaviour({ metadata }: AnyCall): unknown {
  return metadata.get("x-behaviour")[0]
}

/** Sends the head and returns the trailers. */
function echoMetadata(call: AnyCall): grpc.Metadata {
  const [head, trailer] = [new grpc.Metadata(), new grpc.Metadata()]
  for (const value of call.metadata.get("x-grpc-test-echo-initial")) head.add("x-grpc-test-echo-initial", value)
  const binary = "x-grpc-test-echo-trailing-bin"
  for (const value of call.metadata.get(binary)) trailer.add(binary, value)
  if (behaviour(call) === "twice") {
    for (const metadata of [head, trailer]) {
      for (const value of ["one", "two"]) metadata.add("x-twice", value)
      for (const byte of [1, 254]) metadata.add("x-twice-bin", Buffer.of(0, byte, 255))
    }
  }
  // A failure without its own metadata must be trailers-only.
  if (behaviour(call) !== "details" && Object.keys(head.getMap()).length > 0) call.sendMetadata(head)
  return trailer
}

function isFailure(status: EchoStatus | undefined): status is EchoStatus {
  return status !== undefined && status.code !== 0
}

function failure(call: AnyCall, { code, message }: EchoStatus, metadata: grpc.Metadata): grpc.ServiceError {
  if (behaviour(call) === "details") {
    const badRequest = create(BadRequestSchema, { fieldViolations: [{ field: "id", description: "is “naïve”, 你好" }] })
    const status = create(StatusSchema, { code, message, details: [anyPack(BadRequestSchema, badRequest)] })
    metadata.set("grpc-status-details-bin", Buffer.from(toBinary(StatusSchema, status)))
    metadata.set("x-hint", "try another")
  }
  return Object.assign(new Error(message), { code, details: message, metadata })
}

function payload(size: number): object {
  return { body: new Uint8Array(size) }
}
