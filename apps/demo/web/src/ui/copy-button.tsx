import { useEffect, useState } from "react"

import { Button } from "./button.tsx"

interface CopyButtonProps {
  readonly label: string
  readonly text: string
  /** Shows the label beside the icon. */
  readonly hasLabel?: boolean
}

/** Copies a text to the clipboard and reports the result. */
export function CopyButton({ label, text, hasLabel = false }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<"copied" | "refused" | null>(null)
  useEffect(() => {
    const timer = setTimeout(() => setOutcome(null), 2_000)
    return () => clearTimeout(timer)
  }, [outcome])
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setOutcome("copied"),
      () => setOutcome("refused"),
    )
  const shown = outcome === null ? label : outcome === "copied" ? "Copied" : "Not allowed to copy"
  return (
    <Button
      look={hasLabel ? "plain" : "quiet"}
      icon={outcome === "copied" ? "check" : "copy"}
      isIcon={!hasLabel}
      title={shown}
      onClick={() => void copy()}
    >
      {shown}
    </Button>
  )
}
