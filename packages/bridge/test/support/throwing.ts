import type { Exchange, ExchangeListener } from "../../src/core/exchange.ts"
import { valueOf } from "./raw-http1.ts"
import type { BridgeOptions } from "./start-bridge.ts"

/** The thrown error. */
export const injected: Error = new Error("injected")

/** Requests with this field trigger the fault. */
export const faultyFields: readonly string[] = ["x-faulty", "1"]

/** The place of the fault. */
export type Fault =
  | { readonly in: "listener"; readonly method: keyof ExchangeListener }
  | { readonly in: "exchange"; readonly method: keyof Exchange }

/**
 * Bridge options that let one callback of the listener, or one method of the exchange, throw at its first call, or always: for
 * the requests that have `faultyFields`.
 */
export function throwing(fault: Fault, isLasting = false): Partial<BridgeOptions> {
  const spoil = (target: object): void => {
    const own = Reflect.get(target, fault.method) as (...args: unknown[]) => unknown
    let isDone = false
    Reflect.set(target, fault.method, (...args: unknown[]) => {
      if (isDone) return own.apply(target, args)
      isDone = !isLasting
      throw injected
    })
  }
  return {
    wrapServe: (serve) => (exchange) => {
      const isFaulty = valueOf(exchange.head.fields, "x-faulty") !== null
      if (isFaulty && fault.in === "exchange") spoil(exchange)
      if (isFaulty && fault.in === "listener") {
        const begin = exchange.start.bind(exchange)
        exchange.start = (to) => {
          spoil(to)
          begin(to)
        }
      }
      serve(exchange)
    },
  }
}
