// Writes docs/fields.md. A test fails while the file differs from what this writes.

import { writeFileSync } from "node:fs"
import { fieldsDocument } from "./fields-document.ts"

writeFileSync(new URL("../../../docs/fields.md", import.meta.url), fieldsDocument())
