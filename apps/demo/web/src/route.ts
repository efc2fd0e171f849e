import { useSyncExternalStore } from "react"

/** The views, by the part of the address after `#/`. */
export const routes = ["users", "audit"] as const

/** The name of a view. */
export type Route = (typeof routes)[number]

/** The view that the address asks for: the first one if it asks for none that exists. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash)
  return routes.find((route) => hash === `#/${route}`) ?? routes[0]
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener)
  return () => window.removeEventListener("hashchange", listener)
}
