// Writes packages/bridge/config.schema.json. A test fails while the file differs from what this writes.

import { writeFileSync } from "node:fs"
import { schemaCommand } from "../src/commands/config-schema.ts"

writeFileSync(new URL("../config.schema.json", import.meta.url), schemaCommand().stdout)
