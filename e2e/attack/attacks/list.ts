import type { Attack } from "../attack.ts"
import { backendAttacks } from "./backend.ts"
import { callAttacks } from "./calls.ts"
import { connectionAttacks } from "./connections.ts"
import { drainAttacks } from "./drain.ts"
import { floodAttacks } from "./floods.ts"
import { holdAttacks } from "./holds.ts"

/** Every attack. The order follows the need: a connection, a call, the backend, the end of the process. */
export const attacks: readonly Attack[] = [
  ...connectionAttacks,
  ...floodAttacks,
  ...holdAttacks,
  ...callAttacks,
  ...backendAttacks,
  ...drainAttacks,
]
