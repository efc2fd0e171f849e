import type { DescMethod } from "@bufbuild/protobuf"

import { DottedName } from "../../ui/dotted-name.tsx"
import { type FoundService, methodName } from "./reflect-services.ts"

interface MethodListProps {
  readonly services: readonly FoundService[]
  /** `package.Service/Method`. */
  readonly chosen: string
  readonly hrefOf: (method: string) => string
}

/** All services and their methods. */
export function MethodList({ services, chosen, hrefOf }: MethodListProps) {
  return (
    <nav className="card explorer-list" aria-label="Methods">
      {services.map((service) => (
        <details key={service.name} open={!service.name.startsWith("grpc.") || chosen.startsWith(`${service.name}/`)}>
          <summary>
            <DottedName name={service.name} />
          </summary>
          {service.kind === "unreadable" ? (
            <p className="explorer-unreadable">The server does not describe it: {service.why}</p>
          ) : (
            <ul>
              {service.methods.map((method) => {
                const name = methodName(method)
                return (
                  <li key={name}>
                    <a href={hrefOf(name)} aria-current={name === chosen ? "page" : undefined}>
                      {method.name}
                      <span className="explorer-kind">{kindWords[method.methodKind]}</span>
                    </a>
                  </li>
                )
              })}
            </ul>
          )}
        </details>
      ))}
    </nav>
  )
}

/** What goes each way. */
export const kindWords: Readonly<Record<DescMethod["methodKind"], string>> = {
  unary: "unary",
  server_streaming: "answers stream",
  client_streaming: "requests stream",
  bidi_streaming: "both stream",
}
