/**
 * The usual spelling of a field's name. Servers that turn field names into variables (RFC 3875 §4.1.18) read `x_forwarded_user` as
 * `x-forwarded-user`.
 */
export function withHyphens(name: string): string {
  return name.includes("_") || name.includes(".") ? name.replace(/[_.]/g, "-") : name
}
