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

/** The medians as a Markdown table, and whether ours is ahead in each. */
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

/** The page of docs around the table. `load`: the average of the minute before. */
export function document(table: string, rounds: number, load: number): string {
  return `# How fast the client reads

Two streams, read in Chromium by \`for await\` with nothing else to do: by our client with \`longMessages()\` and by connect-web with
its gRPC-Web transport, both with the same generated code, by turns in one run, each time in a new page. The server is in the same
machine, and has encoded what it sends before it is asked. Main-thread time is CPU time, and has in it what the network costs Chromium for any client; the heap counts
buffers and garbage. Medians of ${rounds} readings of the first stream and ${rounds * 3} of the second, in parentheses the least and the greatest.

Made by \`npm run speed -- --write\`, on ${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), under a load of ${load.toFixed(1)} by other work when it
began. Other work moves the messages per second most, and then the heap of short messages: where the parentheses overlap, a ratio near 1
says nothing.

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
