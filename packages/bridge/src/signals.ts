import { constants } from "node:os"
import { isatty } from "node:tty"

/** Signals that ask for a graceful end. SIGXCPU comes shortly before the system kills a process for its CPU time. */
const ending = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGPWR", "SIGXCPU"] as const

/** Signals that kill a process by default, although they do not ask for its end. */
const ignored = {
  SIGUSR1: "Node would open its debugger; to debug the bridge, start it with NODE_OPTIONS=--inspect",
  SIGUSR2:
    "it has no meaning here; SIGHUP reads the configuration file and certificates again, and reopens the access log",
  SIGALRM: "it has no meaning here",
  SIGVTALRM: "it has no meaning here",
  SIGIO: "it has no meaning here",
} as const

/** npm repeats the Ctrl-C that the terminal sent to every process. A SIGINT so soon after another is that repetition. */
const echoMs = 500

/** A signal that ends the process. */
export type EndSignal = (typeof ending)[number] | "SIGHUP"

/** Callbacks for the signals that do not end the process. */
export interface SignalListener {
  /** SIGHUP arrived. */
  reload(): void
  ignored(signal: string, why: string): void
}

/** The parts of the process that tests replace. */
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
  /** A graceful end was requested. A second signal ends the process at once. */
  | { readonly kind: "ending"; readonly signal: EndSignal; readonly at: number }

/**
 * The process's signals, caught from its start. Signals that come before a listener is attached are kept for it.
 *
 * This file must run on every Node that main.ts can reject as too old: it uses nothing newer than Node 16.
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

  /** Installs the handlers. */
  listen(): void {
    for (const signal of ending) process.on(signal, () => this.ended(signal))
    process.on("SIGHUP", () => this.hungUp())
    for (const [signal, why] of Object.entries(ignored)) {
      process.on(signal, () => this.#tell((listener) => listener.ignored(signal, why)))
    }
  }

  /** A graceful end was requested. */
  get isEnding(): boolean {
    return this.#state.kind === "ending"
  }

  attach(listener: SignalListener): void {
    this.#listener = listener
    for (const tell of this.#early.splice(0)) tell(listener)
  }

  /** The first signal asks for a graceful end; the second ends the process at once. */
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

  /** SIGHUP. If the terminal has closed, it means the end, like Ctrl-C; otherwise it asks for a reload. */
  hungUp(): void {
    if (this.#hadTerminal && !this.#parts.isTerminal()) this.ended("SIGHUP")
    else this.#tell((listener) => listener.reload())
  }

  #tell(tell: (listener: SignalListener) => void): void {
    if (this.#listener !== null) tell(this.#listener)
    else if (this.#early.length < 10) this.#early.push(tell)
  }
}
