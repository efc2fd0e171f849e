import type { ComponentType } from "react"

import { ownServer } from "./api/own-server.ts"
import type { IconName } from "./ui/icon.tsx"

/** A page of the console, as the navigation shows it and the router loads it. */
export interface PageEntry {
  /** Its address behind the `#`. */
  readonly path: `/${string}`
  readonly label: string
  readonly icon: IconName
  /** Whether the page shows the demo's own services. With the user's own server it says so instead. */
  readonly needsDemo: boolean
  /** Loads its code. */
  readonly load: () => Promise<ComponentType>
}

const users: PageEntry = {
  path: "/users",
  label: "Users",
  icon: "users",
  needsDemo: true,
  load: async () => (await import("./pages/users/users-page.tsx")).UsersPage,
}

const explorer: PageEntry = {
  path: "/explorer",
  label: "Explorer",
  icon: "explorer",
  needsDemo: false,
  load: async () => (await import("./pages/explorer/explorer-page.tsx")).ExplorerPage,
}

/** Where the bare address leads. */
export const home: PageEntry = ownServer === null ? users : explorer

/** All pages, in the order of the navigation. A new one is a folder below pages/ and a line here. */
export const pages: readonly PageEntry[] = [
  users,
  {
    path: "/audit",
    label: "Audit",
    icon: "clock",
    needsDemo: true,
    load: async () => (await import("./pages/audit/audit-page.tsx")).AuditPage,
  },
  {
    path: "/calls",
    label: "Calls",
    icon: "calls",
    needsDemo: false,
    load: async () => (await import("./pages/calls/calls-page.tsx")).CallsPage,
  },
  explorer,
  {
    path: "/bridge",
    label: "Bridge",
    icon: "bridge",
    needsDemo: true,
    load: async () => (await import("./pages/bridge/bridge-page.tsx")).BridgePage,
  },
  {
    path: "/faults",
    label: "Faults",
    icon: "faults",
    needsDemo: true,
    load: async () => (await import("./pages/faults/faults-page.tsx")).FaultsPage,
  },
]
