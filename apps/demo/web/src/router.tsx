import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router"
import type { ComponentType } from "react"

import { ownServer } from "./api/own-server.ts"
import { home, type PageEntry, pages } from "./pages.ts"
import { NeedsDemo } from "./shell/needs-demo.tsx"
import { NoSuchPage } from "./shell/no-such-page.tsx"
import { Shell } from "./shell/shell.tsx"
import { PageFailure } from "./shell/page-failure.tsx"

const rootRoute = createRootRoute({ component: Shell })

/** The bare address is that of the first page. */
const bareRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: () => {
    // oxlint-disable-next-line typescript/only-throw-error -- the router's way to redirect
    throw redirect({ to: home.path, replace: true })
  },
})

/** A page is loaded when it is first shown or its link is hovered. */
function routeOf(page: PageEntry) {
  return createRoute({
    getParentRoute: () => rootRoute,
    path: page.path,
    component: lazyRouteComponent(async () => ({ default: await componentOf(page) })),
  })
}

function componentOf({ label, icon, needsDemo, load }: PageEntry): ComponentType | Promise<ComponentType> {
  return needsDemo && ownServer !== null ? () => <NeedsDemo title={label} icon={icon} /> : load()
}

/**
 * The router of the console. Addresses follow `#`: the build is plain files, and their server needs no rule that maps
 * every path to index.html.
 */
export const router = createRouter({
  routeTree: rootRoute.addChildren([bareRoute, ...pages.map(routeOf)]),
  history: createHashHistory(),
  defaultPreload: "intent",
  defaultErrorComponent: PageFailure,
  defaultNotFoundComponent: NoSuchPage,
})
