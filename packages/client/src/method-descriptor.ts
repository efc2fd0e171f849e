import type { DescMethod } from "@bufbuild/protobuf"

/**
 * The property that holds the descriptor of a client's method. `Symbol.for` shares it between copies of this package.
 */
const descriptor = Symbol.for("@causeway/client/method")

/** Attaches the descriptor of its method to a client's function, and returns that function. */
export function withDescriptor<F extends object>(call: F, method: DescMethod): F {
  return Object.defineProperty(call, descriptor, { value: method })
}

/** The method that a client's function calls; undefined if `createClient` did not make the function. */
export function descriptorOf(call: object): DescMethod | undefined {
  return (call as { readonly [descriptor]?: DescMethod })[descriptor]
}
