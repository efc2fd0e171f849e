import { isTooLarge, readSmallFile, whyUnreadable } from "../../read-small-file.ts"
import type { FillIn } from "./reading.ts"

const longestSecret = 65_536

/**
 * A filling of `${NAME}` from the environment, and of `${file:/path}` from files. `$${` stands for `${`. With `onMissing` a variable
 * or file that is not there is no problem: a placeholder stands for it.
 */
export function fillInFrom(
  env: Readonly<Record<string, string | undefined>>,
  onMissing?: (what: string) => void,
): FillIn {
  return (text) => {
    const problems: string[] = []
    const filled = text.replace(/\$?\$\{([^}]*)(\}?)/g, (whole, inside: string, end: string) => {
      if (whole.startsWith("$$")) return whole.slice(1)
      const found =
        end === "" ? notClosed : inside.startsWith("file:") ? ofFile(inside.slice(5)) : ofVariable(inside, env)
      if ("text" in found) return found.text
      if (onMissing === undefined || !("isMissing" in found)) problems.push(found.problem)
      else onMissing(found.problem)
      return "missing"
    })
    return problems.length === 0 ? { text: filled } : { problem: problems.join("; ") }
  }
}

type Found =
  | { readonly text: string }
  | { readonly problem: string }
  /** The form is right, but this machine does not have it. */
  | { readonly problem: string; readonly isMissing: true }

const forms = "expected ${NAME} of a variable, or ${file:/path}; $${ stands for ${ itself"

const notClosed: Found = { problem: `has \${ without }: ${forms}` }

function ofVariable(name: string, env: Readonly<Record<string, string | undefined>>): Found {
  if (!/^[A-Za-z_]\w*$/.test(name)) return { problem: `has \${…} with no name of a variable in it: ${forms}` }
  const text = env[name]
  if (text === undefined) return { problem: `names the variable ${name}, which is not set`, isMissing: true }
  return text === "" ? { problem: `names the variable ${name}, which is empty`, isMissing: true } : { text }
}

/** The content of a file without the line break at its end. */
function ofFile(path: string): Found {
  try {
    const bytes = readSmallFile(path, longestSecret)
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/\r?\n$/, "")
    return text === "" ? { problem: `names the file ${path}, which is empty` } : { text }
  } catch (cause) {
    const problem = `names the file ${path}, which ${whyUnreadable(cause, longestSecret)}`
    return isTooLarge(cause) ? { problem } : { problem, isMissing: true }
  }
}
