import { QueryClient } from "@tanstack/react-query"

/**
 * The answers that this page keeps. It asks again when it has reason to, not because a window got the focus; and it asks
 * also when the browser believes to be offline, which says nothing about a bridge on the same machine.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { networkMode: "always", refetchOnWindowFocus: false, retry: false, staleTime: 10_000 },
    mutations: { networkMode: "always", retry: false },
  },
})
