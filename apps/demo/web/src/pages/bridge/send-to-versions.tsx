import { useEffect, useRef, useState } from "react"

import { askVersion, type VersionAnswer } from "../../api/versions.ts"
import { Button } from "../../ui/button.tsx"
import { tallyOf, tallyWords } from "./version-tally.ts"

const total = 20
const atOnce = 4

/** Sends a few calls, and shows which version answered each. */
export function SendToVersions() {
  const [answers, setAnswers] = useState<readonly VersionAnswer[]>([])
  const [isSending, setIsSending] = useState(false)
  const running = useRef<AbortController>(null)
  useEffect(() => () => running.current?.abort(), [])

  const send = async (version: string | null): Promise<void> => {
    const { signal } = (running.current = new AbortController())
    let started = 0
    setAnswers([])
    setIsSending(true)
    const lane = async (): Promise<void> => {
      while (started < total && !signal.aborted) {
        started += 1
        const answer = await askVersion(version, signal)
        setAnswers((before) => [...before, answer])
      }
    }
    await Promise.all(Array.from({ length: atOnce }, lane))
    setIsSending(false)
  }
  return (
    <div className="versions">
      <div className="versions-send">
        <Button icon="play" isOff={isSending} onClick={() => void send(null)}>
          Send {total} calls
        </Button>
        <Button icon="play" isOff={isSending} onClick={() => void send("v2")}>
          Send {total} with x-version: v2
        </Button>
      </div>
      <Answers answers={answers} isSending={isSending} />
    </div>
  )
}

interface AnswersProps {
  readonly answers: readonly VersionAnswer[]
  readonly isSending: boolean
}

function Answers({ answers, isSending }: AnswersProps) {
  const tally = tallyOf(answers)
  return (
    <div className="versions-answers">
      {/* Read aloud once, at the end: twenty changes of a number help nobody. */}
      <p role="status">{isSending ? "Calling …" : tallyWords(tally)}</p>
      {answers.length > 0 && (
        <ol className="versions-row" aria-hidden="true">
          {answers.map((answer, index) => (
            <li key={index} data-by={answer.kind === "answered" ? answer.by : "failed"}>
              {answer.kind === "answered" ? answer.by : "×"}
            </li>
          ))}
        </ol>
      )}
      {tally.failed.map(({ title, labels, count }) => (
        <p key={`${title} ${labels.join(" ")}`} className="versions-failed">
          {count} × {title}{" "}
          {labels.map((label) => (
            <code key={label}>{label} </code>
          ))}
        </p>
      ))}
    </div>
  )
}
