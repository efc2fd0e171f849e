import type { MethodNumbers } from "@causeway/proto/api/v1/bridge_pb"

import { countWords, latencyWords } from "./bridge-words.ts"
import { endedOf, failedOf, latencyOf, type Reading } from "./rates.ts"

/** The counts of each method since the bridge's process began, and the latencies of the last minute. */
export function MethodTable({ readings }: { readonly readings: readonly Reading[] }) {
  const [oldest] = readings
  const methods = readings.at(-1)?.snapshot.methods ?? []
  return (
    <section className="card methods" aria-label="Methods">
      <h2>Methods</h2>
      {oldest === undefined || methods.length === 0 ? (
        <p className="methods-none">No call has ended yet.</p>
      ) : (
        <Table methods={methods} before={oldest.snapshot.methods} />
      )}
    </section>
  )
}

interface TableProps {
  readonly methods: readonly MethodNumbers[]
  /** The counts of the methods a minute ago. */
  readonly before: readonly MethodNumbers[]
}

function Table({ methods, before }: TableProps) {
  return (
    <>
      {/* It scrolls sideways on a narrow screen, and must take a key for that. */}
      <div className="methods-scroll" tabIndex={0} role="group" aria-label="Table of methods">
        <table>
          <thead>
            <tr>
              <th scope="col">Method</th>
              <th scope="col">Open</th>
              <th scope="col">Ended</th>
              <th scope="col">Not&nbsp;OK</th>
              <th scope="col">Median, last minute</th>
              <th scope="col">99 %, last minute</th>
            </tr>
          </thead>
          <tbody>
            {methods.map((method) => (
              <MethodRow
                key={method.method}
                numbers={method}
                before={before.find((other) => other.method === method.method) ?? null}
              />
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

interface MethodRowProps {
  readonly numbers: MethodNumbers
  /** Null: the method had not been called by then. */
  readonly before: MethodNumbers | null
}

function MethodRow({ numbers, before }: MethodRowProps) {
  const { p50Ms, p99Ms } = latencyOf(before, numbers)
  const ended = endedOf(numbers)
  const failed = failedOf(numbers)
  const open = numbers.started - ended
  return (
    <tr>
      <th scope="row">{numbers.method === "_OTHER" ? "methods without a successful call" : numbers.method}</th>
      <td>{countWords(open > 0n ? open : 0n)}</td>
      <td>{countWords(ended)}</td>
      <td data-failed={failed > 0n}>{countWords(failed)}</td>
      <td>{latencyWords(p50Ms)}</td>
      <td>{latencyWords(p99Ms)}</td>
    </tr>
  )
}
