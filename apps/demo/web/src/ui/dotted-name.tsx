import { Fragment } from "react"

/** A name with dots, slashes or underscores. A name too long for its line breaks after one of these characters. */
export function DottedName({ name }: { readonly name: string }) {
  const parts = name.split(/(?<=[./_])/)
  return parts.map((part, index) => (
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {part}
    </Fragment>
  ))
}
