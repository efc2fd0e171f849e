import { CopyButton } from "./copy-button.tsx"
import "./code-block.css"

interface CodeBlockProps {
  /** What the code is, for its button and for screen readers. */
  readonly label: string
  readonly code: string
}

/** Code to read and to copy. It scrolls by itself, and a keyboard can scroll it too. */
export function CodeBlock({ label, code }: CodeBlockProps) {
  return (
    <div className="code-block">
      <pre tabIndex={0} role="region" aria-label={label}>
        <code>{code}</code>
      </pre>
      <CopyButton label={`Copy ${label}`} text={code} />
    </div>
  )
}
