import { type User, UserRole, UserState } from "@causeway/proto/api/v1/user_pb"
import { useEffect, useMemo, useRef } from "react"

import { isDraftField, type UserDraft } from "../../api/user-draft.ts"
import { place } from "../../api/place.ts"
import { explain, type Problem } from "../../api/problem.ts"
import { Button } from "../../ui/button.tsx"
import { Dialog } from "../../ui/dialog.tsx"
import { Field } from "../../ui/field.tsx"
import { ProblemPanel } from "../../ui/problem-panel.tsx"
import { Choices } from "./choices.tsx"
import { useSaveUser } from "./use-user-changes.ts"
import { roles, states, valueOf } from "./user-words.ts"

interface UserDialogProps {
  /** Null: a new one. */
  readonly user: User | null
  readonly onClose: () => void
  /** Called with a message about the change. */
  readonly onSaved: (what: string) => void
}

/** Creates or edits a user. Only the service validates the input, and its answer names the wrong fields. */
export function UserDialog({ user, onClose, onSaved }: UserDialogProps) {
  const form = useRef<HTMLFormElement>(null)
  const { mutate, error, isPending } = useSaveUser()
  const problem = useMemo(() => error && explain(error, place), [error])
  const isShownAtFields = problem !== null && problem.fieldErrors.size > 0 && allAreDraftFields(problem)

  const save = (draft: UserDraft) => {
    const what = user === null ? "created" : "saved"
    mutate({ user, draft }, { onSuccess: () => onSaved(`${draft.displayName} was ${what}.`) })
  }

  useEffect(() => {
    if (problem === null) return
    form.current?.querySelector('[role="alert"]')?.scrollIntoView({ block: "nearest" })
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [problem])

  return (
    <Dialog title={user === null ? "New user" : `Edit ${user.displayName}`} onClose={onClose}>
      <form
        ref={form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          if (!isPending) save(readDraft(new FormData(event.currentTarget), user))
        }}
      >
        {problem !== null && !isShownAtFields && (
          <ProblemPanel problem={problem} onRetry={() => form.current?.requestSubmit()} />
        )}
        <UserFields user={user} errors={problem?.fieldErrors} />
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isOff={isPending}>
            {isPending ? "Saving…" : user === null ? "Create user" : "Save"}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

/** A violation of any other field has no place in the form, so the panel shows it. */
function allAreDraftFields({ fieldErrors }: Problem): boolean {
  return [...fieldErrors.keys()].every(isDraftField)
}

interface UserFieldsProps {
  readonly user: User | null
  /** By the field's path in the request. */
  readonly errors: ReadonlyMap<string, string> | undefined
}

function UserFields({ user, errors }: UserFieldsProps) {
  return (
    <div className="fields">
      <Field label="Name" error={errors?.get("user.display_name")}>
        {(control) => (
          <input
            {...control}
            className="input"
            name="displayName"
            autoComplete="off"
            defaultValue={user?.displayName}
          />
        )}
      </Field>
      <Field label="Email" error={errors?.get("user.email")}>
        {(control) => (
          <input
            {...control}
            className="input"
            name="email"
            inputMode="email"
            autoComplete="off"
            defaultValue={user?.email}
          />
        )}
      </Field>
      <Field label="Team" error={errors?.get("user.team")}>
        {(control) => <input {...control} className="input" name="team" autoComplete="off" defaultValue={user?.team} />}
      </Field>
      <div className="fields-pair">
        <Field label="Role" error={errors?.get("user.role")}>
          {(control) => <Choices control={control} name="role" choices={roles} value={user?.role ?? UserRole.MEMBER} />}
        </Field>
        <Field label="State" error={errors?.get("user.state")}>
          {(control) => (
            <Choices control={control} name="state" choices={states} value={user?.state ?? UserState.INVITED} />
          )}
        </Field>
      </div>
    </div>
  )
}

function readDraft(data: FormData, user: User | null): UserDraft {
  const text = (name: string) => {
    const value = data.get(name)
    return typeof value === "string" ? value : ""
  }
  return {
    displayName: text("displayName"),
    email: text("email"),
    team: text("team"),
    role: valueOf(roles, data.get("role"), user?.role ?? UserRole.UNSPECIFIED),
    state: valueOf(states, data.get("state"), user?.state ?? UserState.UNSPECIFIED),
  }
}
