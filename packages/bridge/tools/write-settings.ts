// Writes docs/settings.md. A test fails while the file differs from what this writes.

import { writeFileSync } from "node:fs"
import { settingsDocument } from "./settings-document.ts"

writeFileSync(new URL("../../../docs/settings.md", import.meta.url), settingsDocument())
