// Writes packages/bridge/config.schema.json and docs/configuration.md. Tests fail while a file differs from what this writes.

import { writeFileSync } from "node:fs"
import { schemaCommand } from "../src/commands/config-schema.ts"
import { configDocument } from "./config-document.ts"

writeFileSync(new URL("../config.schema.json", import.meta.url), schemaCommand().stdout)
writeFileSync(new URL("../../../docs/configuration.md", import.meta.url), configDocument())
