/** What is wrong with one field: google.rpc.BadRequest.FieldViolation without the protobuf. */
export interface Violation {
  /** The field's path in the request, "user.email". */
  readonly field: string
  /** A constant for programs. */
  readonly reason: string
  /** For people; never repeats the value, which may be long or private. */
  readonly description: string
}

/** The violation of a field that must be there and is not. */
export function required(field: string): Violation {
  return { field, reason: "REQUIRED", description: "is required" }
}

/** The violation of a text with more than `maxCharacters`, if it is one; characters are Unicode code points. */
export function tooLong(field: string, text: string, maxCharacters: number): Violation | null {
  const length = Array.from(text).length
  if (length <= maxCharacters) return null
  return { field, reason: "TOO_LONG", description: `has ${length} characters, more than ${maxCharacters}` }
}
