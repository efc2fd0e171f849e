import { Fragment } from "react"

/** A name with dots, slashes or underlines, which breaks after those where the line is too short for it. */
export function DottedName({ name }: { readonly name: string }) {
  const parts = name.split(/(?<=[./_])/)
  return parts.map((part, index) => (
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {part}
    </Fragment>
  ))
}
