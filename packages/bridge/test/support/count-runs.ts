import { Session, type Profiler } from "node:inspector"

/**
 * Starts to count how often the code of modules runs whose URL matches. Import those modules afterwards, because compiled code
 * gets no counters. The result gives the number of runs of all blocks (loop bodies, branches, functions) during `work`: a
 * measure of its cost that does not depend on the machine.
 */
export function startCountingRuns(isCounted: (url: string) => boolean): (work: () => void) => number {
  const session = new Session()
  session.connect()
  session.post("Profiler.enable")
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true })
  return (work) => {
    takeRuns(session, isCounted)
    work()
    return takeRuns(session, isCounted)
  }
}

function takeRuns(session: Session, isCounted: (url: string) => boolean): number {
  let scripts: readonly Profiler.ScriptCoverage[] = []
  // The callback runs before `post` returns, because the session inspects its own thread.
  session.post("Profiler.takePreciseCoverage", (_error, { result }) => (scripts = result))
  const ranges = scripts
    .filter(({ url }) => isCounted(url))
    .flatMap(({ functions }) => functions.flatMap((counted) => counted.ranges))
  return ranges.reduce((sum, { count }) => sum + count, 0)
}
