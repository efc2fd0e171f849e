/** Throws a `TypeError` for an unusable option. The message names the received value and the expected one. */
export function checkOption(caller: string, name: string, value: unknown, isUsable: boolean, due: string): void {
  if (isUsable) return
  const came = typeof value === "string" ? JSON.stringify(value) : String(value)
  throw new TypeError(`${caller}: ${name} is ${came}; it must be ${due}`)
}

/**
 * Checks `baseUrl` and removes its trailing slashes. Queries and fragments are refused: the method's path, which is
 * appended, would become part of them.
 */
export function checkedBaseUrl(caller: string, baseUrl: string): string {
  // The value often comes from an environment variable that the build may lack. "undefined/api.v1.UserService/GetUser"
  // would be a valid path, and a web page would answer it. The same holds for "api.example/…", without a scheme. No `fetch`
  // knows "grpc://…", which other clients take.
  const isUsable = /^((?!grpc)[\w+.-]+:\/\/[^/?#]+)?(\/[^?#]*)?$/.test(baseUrl)
  const due = 'like "https://api.example" or "/path", without "?" and "#"'
  checkOption(caller, "baseUrl", baseUrl, isUsable, due)
  return String(baseUrl).replace(/\/+$/, "")
}
