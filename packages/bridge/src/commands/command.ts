/** The outcome of a command. */
export interface CommandResult {
  readonly stdout: string
  readonly stderr: string
  /** 0: done. 1: the answer is no, such as a configuration with problems. 2: the command itself is wrong. */
  readonly exitCode: 0 | 1 | 2
}

/** A command. `argv`: what follows its two words. */
export type Command = (argv: readonly string[], env: Readonly<Record<string, string | undefined>>) => CommandResult
