import { cpus } from "node:os"
import type { Sample } from "./measure.ts"
import type { ClientName, FeedRequest } from "./page.ts"

/** A stream to read, and the samples of each client, one per round. */
export interface Series {
  readonly name: string
  readonly request: FeedRequest
  readonly samples: Readonly<Record<ClientName, Sample[]>>
}

interface Figure {
  readonly title: string
  readonly key: keyof Sample
  readonly digits: number
  readonly isBetter: (ours: number, theirs: number) => boolean
}

const figures: readonly Figure[] = [
  { title: "messages per second", key: "perSecond", digits: 0, isBetter: (ours, theirs) => ours > theirs },
  { title: "main thread, ms", key: "mainThreadMs", digits: 0, isBetter: (ours, theirs) => ours < theirs },
  { title: "peak heap, MB", key: "peakHeapMb", digits: 1, isBetter: (ours, theirs) => ours < theirs },
]

/** The medians as a Markdown table, and whether our client is ahead in all of them. */
export function formatTable(series: readonly Series[]): { readonly text: string; readonly isAhead: boolean } {
  const rows = series.flatMap(({ name, samples }) =>
    figures.map((figure) => {
      const of = (client: ClientName): number[] => samples[client].map((sample) => sample[figure.key])
      const [ours, theirs] = [median(of("@causeway/client")), median(of("connect-web"))]
      const cells = [name, figure.title, cell(of("@causeway/client"), figure), cell(of("connect-web"), figure)]
      return {
        line: `| ${[...cells, (ours / theirs).toFixed(2)].join(" | ")} |`,
        isAhead: figure.isBetter(ours, theirs),
      }
    }),
  )
  const head = ["| stream | | @causeway/client | connect-web | ratio |", "|---|---|--:|--:|--:|"]
  return { text: [...head, ...rows.map(({ line }) => line), ""].join("\n"), isAhead: rows.every((row) => row.isAhead) }
}

/** The page around the table. `load` is the load average of the minute before the run. */
export function document(table: string, rounds: number, load: number): string {
  return `# How fast the client reads

Our client with \`longMessages()\` and connect-web with its gRPC-Web transport read two streams in Chromium, by \`for await\` with nothing
else to do. Both use the same generated code. They take turns in one run, each time in a new page. The server runs on the same machine
and has encoded its messages before the measurement. Main-thread time is CPU time; it includes Chromium's own cost of the network, which is
equal for every client. The heap includes buffers and garbage. The figures are medians of ${rounds} readings of the first stream and
${rounds * 3} of the second, with the least and the greatest in parentheses.

Made by \`npm run speed -- --write\` on ${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), with a load of ${load.toFixed(1)} from other work at the
start. Other work changes the messages per second most, and then the heap of short messages. Where the ranges in parentheses overlap, a
ratio near 1 means nothing.

${table}`
}

function cell(values: readonly number[], { digits }: Figure): string {
  const of = (value: number): string => value.toFixed(digits)
  return `${of(median(values))} (${of(Math.min(...values))}–${of(Math.max(...values))})`
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
