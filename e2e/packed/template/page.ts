import { call } from "./call.ts"

const baseUrl = new URL(location.href).searchParams.get("bridge") ?? "/"
const output = document.querySelector("output")!
output.textContent = await call(baseUrl).catch(String)
