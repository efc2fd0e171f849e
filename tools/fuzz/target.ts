/** Code to fuzz. */
export interface FuzzTarget {
  readonly name: string
  /** Runs the code with an input. Throws if the code throws an unexpected error or breaks a rule of the target. */
  readonly run: (input: Uint8Array) => void
  /** Latin-1 strings that mutations insert into inputs. */
  readonly words?: readonly string[]
}
