import { get } from "node:http"

const timeoutMs = 3_000

/** The text of the metrics at this admin address, over a connection that is not kept. @throws when they do not come */
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
