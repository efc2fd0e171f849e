import { createClient } from "@connectrpc/connect"
import { createGrpcWebTransport } from "@connectrpc/connect-web"
import { GreeterService } from "../gen/es/hello_pb.ts"

const greeter = createClient(GreeterService, createGrpcWebTransport({ baseUrl: "http://127.0.0.1:8080" }))
const { message, id } = await greeter.sayHello({ name: "Ada", count: 3 })
console.log(message, id)
