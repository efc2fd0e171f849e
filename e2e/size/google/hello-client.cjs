// Written by hand in the layout of the CommonJS output of protoc-gen-grpc-web 2: see hello-messages.cjs.

const { GrpcWebClientBase, MethodDescriptor, MethodType } = require("grpc-web")
const { SayHelloRequest, SayHelloResponse } = require("./hello-messages.cjs")

const sayHello = new MethodDescriptor(
  "/hello.v1.GreeterService/SayHello",
  MethodType.UNARY,
  SayHelloRequest,
  SayHelloResponse,
  (request) => request.serializeBinary(),
  SayHelloResponse.deserializeBinary,
)

exports.GreeterServicePromiseClient = class {
  constructor(hostname, credentials, options = {}) {
    this.client_ = new GrpcWebClientBase({ ...options, format: "binary" })
    this.hostname_ = hostname.replace(/\/+$/, "")
  }

  sayHello(request, metadata) {
    const url = `${this.hostname_}/hello.v1.GreeterService/SayHello`
    return this.client_.unaryCall(url, request, metadata ?? {}, sayHello)
  }
}
