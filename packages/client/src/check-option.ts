/** Throws a `TypeError` for an option that cannot work: it says what came, and what is due. */
export function checkOption(caller: string, name: string, value: unknown, isUsable: boolean, due: string): void {
  if (isUsable) return
  const came = typeof value === "string" ? JSON.stringify(value) : String(value)
  throw new TypeError(`${caller}: ${name} is ${came}; it must be ${due}`)
}

/** Without the slashes at its end. A method's path is put after it, which a query or fragment would swallow. */
export function checkedBaseUrl(caller: string, baseUrl: string): string {
  // Often from the environment, and then undefined where the build lacks it: "undefined/api.v1.UserService/GetUser" would
  // be a valid path, answered by a web page. So would "api.example/…", which lacks its scheme.
  const isUsable = /^([\w+.-]+:\/\/[^/?#]+)?(\/[^?#]*)?$/.test(baseUrl)
  const due = 'like "https://api.example" or "/path", without "?" and "#"'
  checkOption(caller, "baseUrl", baseUrl, isUsable, due)
  return String(baseUrl).replace(/\/+$/, "")
}
