import { QueryClient } from "@tanstack/react-query"

/**
 * The query cache of this page. It does not refetch when the window gets the focus. It also fetches when the browser
 * reports that it is offline, because that says nothing about a bridge on this machine.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { networkMode: "always", refetchOnWindowFocus: false, retry: false, staleTime: 10_000 },
    mutations: { networkMode: "always", retry: false },
  },
})
