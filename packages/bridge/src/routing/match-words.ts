import type { CompiledRoute } from "./route-table.ts"

/** The conditions of a route in words: `the service is a.B and x-version is "v2"`. A pattern keeps its stars. */
export function matchInWords({ prefix, service, method, conditions }: CompiledRoute): string {
  const words = [
    ...(prefix === "" ? [] : [`the path is below ${prefix}/`]),
    ...(service === null ? [] : [`the service is ${service.source}`]),
    ...(method === null ? [] : [`the method is ${method.source}`]),
    ...conditions.map((condition) => condition.words),
  ]
  return words.length === 0 ? "every call" : words.join(" and ")
}
