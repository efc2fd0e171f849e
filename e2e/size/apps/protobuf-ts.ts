import { GrpcWebFetchTransport } from "@protobuf-ts/grpcweb-transport"
import { GreeterServiceClient } from "../gen/protobuf-ts/hello.client.ts"

const greeter = new GreeterServiceClient(new GrpcWebFetchTransport({ baseUrl: "http://127.0.0.1:8080" }))
const { message, id } = (await greeter.sayHello({ name: "Ada", count: 3 })).response
console.log(message, id)
