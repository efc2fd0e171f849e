import { isWildOrigin } from "../core/origin-set.ts"
import { formatHostPort, parseHostPort } from "./host-port.ts"
import { show } from "./kind.ts"
import type { Config, ConfigProblem } from "./schema.ts"
import { settings } from "./settings.ts"

type NameOf = (key: keyof Config) => string

/** A rule between fields. It is checked only if each of its fields is valid by itself. */
interface Rule {
  readonly fields: readonly (keyof Config)[]
  problem(given: Partial<Config>, nameOf: NameOf): ConfigProblem | null
}

const rules: readonly Rule[] = [
  bothOrNone("tlsCertFile", "tlsKeyFile"),
  bothOrNone("upstreamCertFile", "upstreamKeyFile"),
  needsTls("upstreamCaFile", "no certificate is checked"),
  needsTls("upstreamCertFile", "no certificate is shown"),
  needsTls("upstreamServerName", "no certificate is checked"),
  {
    fields: ["corsOrigins", "corsCredentials"],
    problem({ corsOrigins = [], corsCredentials = false }, nameOf) {
      const loose = corsOrigins.filter((pattern) => pattern === "null" || isWildOrigin(pattern))
      if (!corsCredentials || (corsOrigins.length > 0 && loose.length === 0)) return null
      const origins = nameOf("corsOrigins")
      const got = corsOrigins.length === 0 ? `${origins} is not set` : `${origins} has ${loose.map(show).join(", ")}`
      return {
        name: nameOf("corsCredentials"),
        message: `received on, but ${got}; expected each origin in full, such as https://app.example: with a pattern, pages of other owners could act as the user`,
      }
    },
  },
  {
    fields: ["listen", "admin"],
    problem({ listen = settings.listen.fallback, admin = settings.admin.fallback }, nameOf) {
      const [one, other] = [parseHostPort(listen ?? ""), parseHostPort(admin ?? "")]
      if (one === null || other === null || one.port === 0 || formatHostPort(one) !== formatHostPort(other)) return null
      return {
        name: nameOf("admin"),
        message: `received ${show(admin)}, which ${nameOf("listen")} uses too; expected another port, or off`,
      }
    },
  },
]

type FileOrName =
  | "tlsCertFile"
  | "tlsKeyFile"
  | "upstreamCertFile"
  | "upstreamKeyFile"
  | "upstreamCaFile"
  | "upstreamServerName"

function bothOrNone(one: FileOrName, other: FileOrName): Rule {
  return {
    fields: [one, other],
    problem(given, nameOf) {
      const [hasOne, hasOther] = [(given[one] ?? null) !== null, (given[other] ?? null) !== null]
      if (hasOne === hasOther) return null
      const [present, missing] = hasOne ? [one, other] : [other, one]
      return { name: nameOf(missing), message: `received nothing, expected a file, since ${nameOf(present)} is set` }
    },
  }
}

function needsTls(field: FileOrName, why: string): Rule {
  return {
    fields: ["upstream", field],
    problem({ upstream = null, [field]: value = null }, nameOf) {
      if (value === null || upstream === null || !/^http:/i.test(upstream)) return null
      return {
        name: nameOf(field),
        message: `received ${show(value)}, but ${nameOf("upstream")} is http://, where ${why}; expected https:// in ${nameOf("upstream")}, or no ${nameOf(field)}`,
      }
    },
  }
}

/** The problems between the fields of this configuration. Rules with a field in `broken` are skipped. */
export function findConflicts(
  given: Partial<Config>,
  nameOf: NameOf,
  broken: ReadonlySet<string>,
): readonly ConfigProblem[] {
  return rules
    .filter(({ fields }) => !fields.some((field) => broken.has(field)))
    .map((rule) => rule.problem(given, nameOf))
    .filter((problem) => problem !== null)
}
