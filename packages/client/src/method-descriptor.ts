import type { DescMethod } from "@bufbuild/protobuf"

/** Under which a method of a client knows what it is. Shared by copies of this package. */
const descriptor = Symbol.for("@causeway/client/method")

/** The same function, which knows the method that it calls. */
export function withDescriptor<F extends object>(call: F, method: DescMethod): F {
  return Object.defineProperty(call, descriptor, { value: method })
}

/** The method that a function of a client calls; undefined if it is none of a client that `createClient` made. */
export function descriptorOf(call: object): DescMethod | undefined {
  return (call as { readonly [descriptor]?: DescMethod })[descriptor]
}
