import { defineConfig } from "vite"

import { consoleConfig } from "./console-config.ts"

// For `vite build`, `vite preview` and a dev server alone; start.ts uses consoleConfig itself.
export default defineConfig(consoleConfig(() => process.env.CAUSEWAY_BRIDGE_URL ?? "http://127.0.0.1:8080"))
