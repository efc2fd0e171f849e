import { constants } from "node:os"
import { isatty } from "node:tty"

/** Signals that ask for a graceful end. SIGXCPU comes shortly before the system kills a process for its CPU time. */
const ending = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGPWR", "SIGXCPU"] as const

/** Signals that would kill the process by default, though none of them asks for its end. */
const ignored = {
  SIGUSR1: "Node would open its debugger; to debug the bridge, start it with NODE_OPTIONS=--inspect",
  SIGUSR2: "it has no meaning here; SIGHUP reads certificates again and reopens the access log",
  SIGALRM: "it has no meaning here",
  SIGVTALRM: "it has no meaning here",
  SIGIO: "it has no meaning here",
} as const

/** npm passes on the Ctrl-C that the terminal has given to every process: a SIGINT so soon after another is the same one. */
const echoMs = 500

/** A signal that ends the process. */
export type EndSignal = (typeof ending)[number] | "SIGHUP"

/** Hears of the signals that do not end the process. */
export interface SignalListener {
  /** SIGHUP. */
  reload(): void
  ignored(signal: string, why: string): void
}

/** A process's surroundings, for tests. */
export interface SignalParts {
  readonly isTerminal: () => boolean
  readonly exit: (code: number) => void
  readonly now: () => number
}

const realParts: SignalParts = {
  isTerminal: () => [0, 1, 2].some((fd) => isatty(fd)),
  exit: (code) => process.exit(code),
  now: () => performance.now(),
}

type State =
  | { readonly kind: "running" }
  /** A graceful end was asked for; a second signal ends at once. */
  | { readonly kind: "ending"; readonly signal: EndSignal; readonly at: number }

/**
 * The process's signals, heard from its first moment on. What comes before there is a listener is told to it as soon as there
 * is one.
 *
 * This file runs on the oldest Node that main.ts can tell that it is too old: it uses nothing newer than Node 16.
 */
export class Signals {
  /** Resolves with the first signal that asks for a graceful end. */
  readonly end: Promise<EndSignal>
  readonly #parts: SignalParts
  readonly #hadTerminal: boolean
  readonly #early: ((listener: SignalListener) => void)[] = []
  #resolveEnd: (signal: EndSignal) => void = () => {}
  #state: State = { kind: "running" }
  #listener: SignalListener | null = null

  constructor(parts: SignalParts = realParts) {
    this.#parts = parts
    this.#hadTerminal = parts.isTerminal()
    this.end = new Promise((resolve) => (this.#resolveEnd = resolve))
  }

  /** Takes the process's signals. */
  listen(): void {
    for (const signal of ending) process.on(signal, () => this.ended(signal))
    process.on("SIGHUP", () => this.hungUp())
    for (const [signal, why] of Object.entries(ignored)) {
      process.on(signal, () => this.#tell((listener) => listener.ignored(signal, why)))
    }
  }

  /** A graceful end was asked for. */
  get isEnding(): boolean {
    return this.#state.kind === "ending"
  }

  attach(listener: SignalListener): void {
    this.#listener = listener
    for (const tell of this.#early.splice(0)) tell(listener)
  }

  /** The first asks for a graceful end, the second for one at once. */
  ended(signal: EndSignal): void {
    const at = this.#parts.now()
    const state = this.#state
    if (state.kind === "running") {
      this.#state = { kind: "ending", signal, at }
      this.#resolveEnd(signal)
      return
    }
    const isEcho = signal === "SIGINT" && state.signal === "SIGINT" && at - state.at < echoMs
    if (!isEcho) this.#parts.exit(128 + constants.signals[signal])
  }

  /** The terminal has closed, which means the end as Ctrl-C does; or else someone asks for a reload. */
  hungUp(): void {
    if (this.#hadTerminal && !this.#parts.isTerminal()) this.ended("SIGHUP")
    else this.#tell((listener) => listener.reload())
  }

  #tell(tell: (listener: SignalListener) => void): void {
    if (this.#listener !== null) tell(this.#listener)
    else if (this.#early.length < 10) this.#early.push(tell)
  }
}
