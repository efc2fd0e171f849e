import { type ReactNode, useId, useLayoutEffect, useRef } from "react"

import "./dialog.css"

interface DialogProps {
  readonly title: string
  /** Escape, or a click beside the dialog. */
  readonly onClose: () => void
  readonly children: ReactNode
}

/** A modal dialog, open as long as it is rendered. The browser keeps the focus inside, and gives it back at the end. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const titleId = useId()

  // A layout effect is undone while the element is still in the document, and only then does close() give back the focus.
  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close()
  }, [])

  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onMouseDown={(event) => event.target === dialog.current && onClose()}
    >
      <div className="dialog-body">
        <h2 id={titleId}>{title}</h2>
        {children}
      </div>
    </dialog>
  )
}
