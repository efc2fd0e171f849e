import { CopyButton } from "./copy-button.tsx"
import "./code-block.css"

interface CodeBlockProps {
  /** Name of the code, for the copy button and for screen readers. */
  readonly label: string
  readonly code: string
}

/** Code to read and to copy. The block scrolls on its own, also with the keyboard. */
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
