import { GreeterServicePromiseClient } from "../google/hello-client.cjs"
import { SayHelloRequest } from "../google/hello-messages.cjs"

const greeter = new GreeterServicePromiseClient("http://127.0.0.1:8080")
const response = await greeter.sayHello(new SayHelloRequest().setName("Ada").setCount(3))
console.log(response.getMessage(), response.getId())
