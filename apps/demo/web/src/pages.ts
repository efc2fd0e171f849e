import type { ComponentType } from "react"

import type { IconName } from "./ui/icon.tsx"

/** A page of the console, as the navigation shows it and the router loads it. */
export interface PageEntry {
  /** Its address behind the `#`. */
  readonly path: `/${string}`
  readonly label: string
  readonly icon: IconName
  /** Loads its code. */
  readonly load: () => Promise<ComponentType>
}

/** The first of the pages: where the bare address leads. */
export const home: PageEntry = {
  path: "/users",
  label: "Users",
  icon: "users",
  load: async () => (await import("./pages/users/users-page.tsx")).UsersPage,
}

/** All pages, in the order of the navigation. A new one is a folder below pages/ and a line here. */
export const pages: readonly PageEntry[] = [
  home,
  {
    path: "/audit",
    label: "Audit",
    icon: "clock",
    load: async () => (await import("./pages/audit/audit-page.tsx")).AuditPage,
  },
  {
    path: "/calls",
    label: "Calls",
    icon: "calls",
    load: async () => (await import("./pages/calls/calls-page.tsx")).CallsPage,
  },
  {
    path: "/explorer",
    label: "Explorer",
    icon: "explorer",
    load: async () => (await import("./pages/explorer/explorer-page.tsx")).ExplorerPage,
  },
  {
    path: "/gateway",
    label: "Gateway",
    icon: "gateway",
    load: async () => (await import("./pages/gateway/gateway-page.tsx")).GatewayPage,
  },
  {
    path: "/faults",
    label: "Faults",
    icon: "faults",
    load: async () => (await import("./pages/faults/faults-page.tsx")).FaultsPage,
  },
]
