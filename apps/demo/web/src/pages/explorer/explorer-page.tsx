import { isRpcError } from "@causeway/client"
import { Code } from "@connectrpc/connect"
import { useQuery } from "@tanstack/react-query"

import { place } from "../../api/place.ts"
import { explain } from "../../api/problem.ts"
import { transport } from "../../api/transport.ts"
import { Button } from "../../ui/button.tsx"
import { EmptyState } from "../../ui/empty-state.tsx"
import { PageHead } from "../../ui/page-head.tsx"
import { ProblemPanel } from "../../ui/problem-panel.tsx"
import { MethodList } from "./method-list.tsx"
import { MethodPanel } from "./method-panel.tsx"
import { type Catalog, findMethod, reflectServices } from "./reflect-services.ts"
import { useLink } from "./use-link.ts"
import "./explorer.css"

/** Calls any method of any service behind the bridge, as its own server describes it. */
export function ExplorerPage() {
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ["reflection"],
    queryFn: ({ signal }) => reflectServices(transport, signal),
    // A server's methods change with its version, hardly while somebody looks.
    staleTime: 300_000,
  })
  return (
    <>
      <PageHead title="Explorer" about="Every service behind the bridge, as the server’s own reflection describes it.">
        <Button isOff={isFetching} onClick={() => void refetch()}>
          {isFetching ? "Asking …" : "Ask again"}
        </Button>
      </PageHead>
      {error !== null && (
        <div className="card explorer-problem">
          <ReflectionProblem error={error} onRetry={() => void refetch()} />
        </div>
      )}
      {data !== undefined && <Methods catalog={data} />}
      {data === undefined && error === null && <Loading />}
    </>
  )
}

function ReflectionProblem({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  const problem = explain(error, place)
  const hasNoReflection = isRpcError(error, Code.Unimplemented)
  const words = {
    title: "The service does not describe itself",
    cause: "It has no server reflection: neither grpc.reflection.v1 nor v1alpha.",
    remedy: "Add the reflection service to the gRPC server; every implementation of gRPC has one.",
  }
  return <ProblemPanel problem={hasNoReflection ? { ...problem, ...words } : problem} onRetry={onRetry} />
}

function Methods({ catalog }: { readonly catalog: Catalog }) {
  const link = useLink()
  const method = findMethod(catalog, link.method)
  return (
    <div className="explorer">
      <MethodList services={catalog.services} chosen={link.method} hrefOf={link.hrefOf} />
      {method === null ? (
        <section className="card" aria-label="Method">
          <NoMethod name={link.method} />
        </section>
      ) : (
        <MethodPanel
          key={`${link.method} ${link.revision}`}
          method={method}
          registry={catalog.registry}
          request={link.request}
          onLink={link.write}
        />
      )}
    </div>
  )
}

function NoMethod({ name }: { readonly name: string }) {
  if (name === "") {
    return (
      <EmptyState icon="explorer" title="Choose a method">
        <p>Its request becomes a form, and its answers come as they are on the wire.</p>
      </EmptyState>
    )
  }
  return (
    <EmptyState icon="alert" title={`There is no method ${name}`}>
      <p>The link is of another server, or of another version of this one. Choose a method from the list.</p>
    </EmptyState>
  )
}

function Loading() {
  return (
    <div className="explorer" role="status" aria-label="Loading">
      <div className="card explorer-list">
        {Array.from({ length: 9 }, (_, index) => (
          <p key={index}>
            <span className="skeleton" />
          </p>
        ))}
      </div>
    </div>
  )
}
