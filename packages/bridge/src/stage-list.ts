import type { Handler } from "./core/call.ts"
import type { Observer } from "./core/observer.ts"
import { enforceDeadline } from "./stages/enforce-deadline.ts"
import { hedge } from "./stages/hedge.ts"
import { recover } from "./stages/recover.ts"
import { retry } from "./stages/retry.ts"
import { retryRefused } from "./stages/retry-refused.ts"
import type { Router } from "./stages/route.ts"
import { route } from "./stages/route.ts"
import { refuseWhileDraining } from "./stages/refuse-while-draining.ts"
import { attempt } from "./upstream/attempt.ts"
import { mirror } from "./upstream/mirror.ts"
import type { MirrorContext } from "./upstream/mirror-context.ts"

/** The parts that the stages of one configuration share. */
export interface HandlerParts {
  readonly observer: Observer
  readonly isDraining: () => boolean
  readonly router: Router
  readonly mirrors: MirrorContext
}

/** The list of stages, outermost first. This is the only place where their order is written. */
export function createHandler({ observer, isDraining, router, mirrors }: HandlerParts): Handler {
  return recover(
    observer, // turns whatever a stage throws into a reply
    refuseWhileDraining(
      isDraining, // the cheapest refusal first
      route(
        router, // no side effect; the stages inside depend on the route
        enforceDeadline(
          // before anything that may wait
          mirror(
            mirrors, // outside of all that repeats an attempt: a copy is sent once
            hedge(
              // several attempts at once, on routes that ask for them
              retry(
                // as the route allows; outside of the transparent retry, which needs no permission
                retryRefused(
                  // repeats an attempt that the backend's application never saw
                  attempt, // one stream to a backend
                ),
              ),
            ),
          ),
        ),
      ),
    ),
  )
}
