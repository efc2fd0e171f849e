import { lifecycle } from "@causeway/client"

/** The life of this page: streams end with it, come back when it does, and are connected anew after a sleep. */
export const pageLife = lifecycle()
