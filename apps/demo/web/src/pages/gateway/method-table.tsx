import type { MethodNumbers } from "@causeway/proto/api/v1/gateway_pb"

import { countWords, latencyWords } from "./gateway-words.ts"
import { endedOf, failedOf, latencyOf } from "./rates.ts"

/** What was counted of each method since the bridge's process began. */
export function MethodTable({ methods }: { readonly methods: readonly MethodNumbers[] }) {
  return (
    <section className="card methods" aria-label="Methods">
      <h2>Methods</h2>
      {/* It scrolls sideways on a narrow screen, and must take a key for that. */}
      <div className="methods-scroll" tabIndex={0} role="group" aria-label="Table of methods">
        <table>
          <thead>
            <tr>
              <th scope="col">Method</th>
              <th scope="col">Open</th>
              <th scope="col">Ended</th>
              <th scope="col">Not OK</th>
              <th scope="col">Median</th>
              <th scope="col">99 %</th>
            </tr>
          </thead>
          <tbody>
            {methods.map((method) => (
              <MethodRow key={method.method} numbers={method} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function MethodRow({ numbers }: { readonly numbers: MethodNumbers }) {
  const { p50Ms, p99Ms } = latencyOf(null, numbers)
  const ended = endedOf(numbers)
  const failed = failedOf(numbers)
  const open = numbers.started - ended
  return (
    <tr>
      <th scope="row">{numbers.method === "_OTHER" ? "paths that no service has answered" : numbers.method}</th>
      <td>{countWords(open > 0n ? open : 0n)}</td>
      <td>{countWords(ended)}</td>
      <td data-failed={failed > 0n}>{countWords(failed)}</td>
      <td>{latencyWords(p50Ms)}</td>
      <td>{latencyWords(p99Ms)}</td>
    </tr>
  )
}
