import { configJsonSchema } from "../config/json-schema.ts"
import type { CommandResult } from "./command.ts"

/** `config schema`: the JSON Schema of configuration files, for editors. */
export function schemaCommand(): CommandResult {
  return { stdout: `${JSON.stringify(configJsonSchema(), null, 2)}\n`, stderr: "", exitCode: 0 }
}
