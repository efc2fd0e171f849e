import { useEffect, useRef, useState } from "react"

import { touchUsers } from "../../api/users.ts"
import { Button } from "../../ui/button.tsx"

const total = 100
const atOnce = 4

/** Makes some real calls, for the table and the charts to have something to show. */
export function SendCalls() {
  const [left, setLeft] = useState(0)
  const running = useRef<AbortController>(null)
  useEffect(() => () => running.current?.abort(), [])

  const send = async () => {
    const { signal } = (running.current = new AbortController())
    let started = 0
    setLeft(total)
    const lane = async (): Promise<void> => {
      while (started < total && !signal.aborted) {
        started += 1
        // Its failure stands in the table, like that of every call.
        await touchUsers(1 + (started % 50), signal).catch(() => {})
        setLeft((before) => before - 1)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, lane))
    setLeft(0)
  }
  return (
    <Button icon="play" isOff={left > 0} onClick={() => void send()}>
      {left > 0 ? `${left} calls to go` : `Send ${total} calls`}
    </Button>
  )
}
