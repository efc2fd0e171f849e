import { artifacts, placeholderBridge } from "./artifacts.ts"
import { serveEditedPages } from "./page-server.ts"
import type { Handler, PageServer } from "./page-server.ts"

/** Serves the console that is built for publication as `npm start` serves its own: with a lab, and allowed to call its ports. */
export async function serveConsoleWithLab(bridgeUrl: () => string, lab: Handler): Promise<PageServer> {
  const anyPort = "http://127.0.0.1:* https://127.0.0.1:*"
  const edit = (html: string): string =>
    html
      .replaceAll(placeholderBridge, bridgeUrl())
      .replace("</head>", '<meta name="lab" content="/lab" /></head>')
      .replace(/connect-src [^;]+/, `connect-src 'self' ${anyPort}; frame-src ${anyPort}`)
  return serveEditedPages(artifacts().consoleDir, edit, lab)
}
