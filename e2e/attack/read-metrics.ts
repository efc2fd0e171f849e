import { get } from "node:http"

const timeoutMs = 3_000

/** Reads the metrics at this admin address. Closes the connection afterwards. @throws when the metrics do not arrive */
export function readMetrics(admin: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(`${admin}/metrics`, { agent: false, timeout: timeoutMs }, (response) => {
      let text = ""
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk))
      response.on("end", () => resolve(text)).on("error", reject)
    })
    request.on("error", reject)
    request.on("timeout", () => request.destroy(new Error(`no metrics within ${timeoutMs} ms`)))
  })
}
