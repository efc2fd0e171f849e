import { lifecycle } from "@causeway/client"

/**
 * The lifecycle of this page: streams end when it is left, resume when it is shown again, and reconnect after a sleep.
 */
export const pageLife = lifecycle()
