import { glob, readFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, it } from "vitest"
import { complaints, projectOf, root } from "./compiled-project.ts"
import type { ProjectFile } from "./compiled-project.ts"

/** Declarations that the examples rely on: a page with its users, and names from the texts around the examples. */
const surroundings = `
import type { Client, Token } from "@causeway/client"
import type { RoutedPage } from "@causeway/client/playwright"
import type { WatchResponse } from "./gen/api/v1/audit_pb"
import type * as audits from "./gen/api/v1/audit_pb"
import type * as userPb from "./gen/api/v1/user_pb"

declare global {
  interface ImportMeta { readonly env: { readonly DEV: boolean } }
  const AuditService: typeof audits.AuditService
  const UserService: typeof userPb.UserService
  const audit: Client<typeof audits.AuditService>
  const users: Client<typeof userPb.UserService>
  const session: { token: string; userId: string }
  const signal: AbortSignal
  const id: string
  const page: RoutedPage & { goto(url: string): Promise<unknown> }
  const backlogSize: number
  const watch: Client<typeof audits.AuditService>["watch"]
  function getToken(): string
  function refreshToken(rejected: Token): Promise<string>
  function startSpan(): { traceparent: string }
  function resume(message: WatchResponse, request: { cursor?: string }): { cursor?: string }
  function show(event: unknown): void
  function showState(state: object): void
  function renew(old: object): Promise<string>
  function currentTraceparent(): string
  function expect(value: unknown): { toHaveLength(length: number): void; toMatchObject(value: object): void }
}
`

/** The part of OpenTelemetry that an example needs; OpenTelemetry is not a dependency. */
const tracer = `
declare module "@opentelemetry/api" {
  interface Span { setAttributes(attributes: object): void; setStatus(status: object): void; end(): void }
  export const context: { active(): object }
  export const propagation: { inject(context: object, carrier: object): void }
  export const SpanKind: { readonly CLIENT: 2 }
  export const SpanStatusCode: { readonly ERROR: 2 }
  export const trace: {
    getTracer(name: string): { startSpan(name: string, options: { kind: number; attributes: object }): Span }
    setSpan(context: object, span: Span): object
  }
}
`

/** The examples of a page, each as a module with the line numbers of the page. */
async function examplesOf(page: string): Promise<ProjectFile[]> {
  const text = await readFile(join(root, page), "utf8")
  return [...text.matchAll(/^( *)```(tsx?)\n([\s\S]*?)^\1```$/gm)].map(([, indent, kind, code], at) => {
    const before = text.slice(0, text.indexOf(code)).split("\n").length - 1
    const lines = `${"\n".repeat(before)}${code.replaceAll(new RegExp(`^${indent}`, "gm"), "")}export {}\n`
    return { name: `${page.replaceAll("/", ".")}.${at + 1}.${kind}`, text: lines }
  })
}

it("every example of the manual compiles", { timeout: 120_000 }, async () => {
  const pages = ["README.md", "docs/client.md", "packages/client/README.md"]
  for await (const page of glob("docs/client/*.md", { cwd: root })) pages.push(page)
  const examples = (await Promise.all(pages.map(examplesOf))).flat()
  expect(examples.length).toBeGreaterThan(20)
  const folder = await projectOf([
    ...examples,
    { name: "surroundings.ts", text: surroundings },
    { name: "opentelemetry.ts", text: tracer },
  ])
  expect(await complaints(folder)).toBe("")
})

it("the first example compiles exactly as written", { timeout: 120_000 }, async () => {
  const pages = await Promise.all(["README.md", "docs/client.md", "packages/client/README.md"].map(examplesOf))
  const first = pages.map(([example]) => example)
  expect(await complaints(await projectOf(first))).toBe("")
})

it("the check reports an example that does not compile, with its line", { timeout: 120_000 }, async () => {
  const folder = await projectOf([{ name: "page.md.1.ts", text: '\nimport { noSuchThing } from "@causeway/client"\n' }])
  expect(await complaints(folder)).toMatch(/page\.md\.1\.ts\(2,10\): error TS2305.*noSuchThing/)
})
