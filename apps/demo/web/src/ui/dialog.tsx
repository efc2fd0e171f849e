import { type ReactNode, useId, useLayoutEffect, useRef } from "react"

import "./dialog.css"

interface DialogProps {
  readonly title: string
  /** Called on Escape and on a click beside the dialog. */
  readonly onClose: () => void
  readonly children: ReactNode
}

/** A modal dialog, open while it is rendered. The browser keeps the focus inside and restores it on close. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const titleId = useId()

  // A layout effect is cleaned up while the element is still in the document. Later close() cannot restore the focus.
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
