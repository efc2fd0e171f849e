import { createClient, createTransport, longMessages } from "@causeway/client"
import { GreeterService } from "../../gen/es/hello_pb.ts"

const greeter = createClient(GreeterService, createTransport({ baseUrl: "http://127.0.0.1:8080" }))
const { message, id } = await greeter.sayHello({ name: "Ada", count: 3 })
console.log(message, id, longMessages)
