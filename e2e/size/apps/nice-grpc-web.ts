import { createChannel, createClient } from "nice-grpc-web"
import { GreeterServiceDefinition } from "../gen/ts-proto/hello.ts"

const greeter = createClient(GreeterServiceDefinition, createChannel("http://127.0.0.1:8080"))
const { message, id } = await greeter.sayHello({ name: "Ada", count: 3 })
console.log(message, id)
