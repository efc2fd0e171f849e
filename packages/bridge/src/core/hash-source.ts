/** A part of a call that stays the same for one user. */
export type HashSource =
  | { readonly kind: "header"; readonly name: string }
  | { readonly kind: "cookie"; readonly name: string }
