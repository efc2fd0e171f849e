import react from "@vitejs/plugin-react"
import type { Plugin, UserConfig } from "vite"

/**
 * Vite's configuration of the console. `bridgeUrl` is asked when a page is served or built, and says where the page finds
 * the bridge: an absolute URL, or `:8080` for that port of the host that the page itself came from. `facts` become further
 * tags: `lab`, where the server of the page answers `/lab` too, and `upstream`, where the bridge calls a server of the user's.
 */
export function consoleConfig(bridgeUrl: () => string, facts: Readonly<Record<string, string>> = {}): UserConfig {
  return {
    root: import.meta.dirname,
    clearScreen: false,
    plugins: [react(), bridgeUrlTag(bridgeUrl), contentSecurityPolicy(bridgeUrl), factTags(facts)],
    // Named, so that a first visit does not find them one by one and reload the page for it.
    optimizeDeps: {
      include: [
        "react",
        "react-dom/client",
        "react/jsx-dev-runtime",
        "@bufbuild/protobuf",
        "@bufbuild/protobuf/codegenv2",
        "@bufbuild/protobuf/wkt",
        "@connectrpc/connect",
        "@tanstack/react-query",
        "@tanstack/react-router",
        "@tanstack/react-virtual",
        "react-aria-components",
        "uplot",
      ],
    },
    build: { outDir: "../dist/web", emptyOutDir: true },
  }
}

/** Writes `<meta name="bridge-url">`, which src/api/bridge-url.ts reads. */
function bridgeUrlTag(bridgeUrl: () => string): Plugin {
  return {
    name: "causeway:bridge-url",
    transformIndexHtml: () => [{ tag: "meta", attrs: { name: "bridge-url", content: bridgeUrl() }, injectTo: "head" }],
  }
}

/** Writes a `<meta>` for each fact, which src/api/lab.ts and src/api/own-server.ts read. */
function factTags(facts: Readonly<Record<string, string>>): Plugin {
  return {
    name: "causeway:facts",
    transformIndexHtml: () =>
      Object.entries(facts).map(([name, content]) => ({ tag: "meta", attrs: { name, content }, injectTo: "head" })),
  }
}

/** Only in what is built: Vite's dev server puts scripts and styles into the page itself. */
function contentSecurityPolicy(bridgeUrl: () => string): Plugin {
  return {
    name: "causeway:content-security-policy",
    apply: "build",
    transformIndexHtml() {
      // `data:` is for the icons that Vite puts into the stylesheet.
      const content = `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src ${bridgeUrl()}; base-uri 'none'; form-action 'none'`
      return [{ tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content }, injectTo: "head-prepend" }]
    },
  }
}
