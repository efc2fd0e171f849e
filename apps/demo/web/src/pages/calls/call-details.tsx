import { toJsonString } from "@bufbuild/protobuf"

import { asBufCurl, asCurl } from "../../api/call-commands.ts"
import { type CallMessage, type CallRecord, fullName } from "../../api/call-record.ts"
import { place } from "../../api/place.ts"
import { explain } from "../../api/problem.ts"
import { Button } from "../../ui/button.tsx"
import { CodeBlock } from "../../ui/code-block.tsx"
import { CopyButton } from "../../ui/copy-button.tsx"
import { ProblemPanel } from "../../ui/problem-panel.tsx"
import { Tabs } from "../../ui/tabs.tsx"
import { CallOverview } from "./call-overview.tsx"
import { HeaderLines } from "./header-lines.tsx"
import { formatMs } from "./call-words.ts"
import "./call-details.css"

interface CallDetailsProps {
  readonly call: CallRecord
  readonly onClose: () => void
}

/** All about one call, as it is now. */
export function CallDetails({ call, onClose }: CallDetailsProps) {
  const { phase } = call
  const error = phase.kind === "done" ? phase.error : null
  const tabs = [
    {
      id: "response",
      label: "Response",
      content: (
        <>
          {error !== null && <ProblemPanel problem={explain(error, place)} />}
          <Messages of="Response" messages={call.responses} count={call.responseCount} />
        </>
      ),
    },
    {
      id: "request",
      label: "Request",
      content: <Messages of="Request" messages={call.requests} count={call.requestCount} />,
    },
    {
      id: "headers",
      label: "Headers",
      content: (
        <>
          <HeaderLines title="Request headers" lines={call.requestHeader} />
          <HeaderLines title="Response headers" lines={call.responseHeader} />
          <HeaderLines
            title={error === null ? "Trailers" : "Headers and trailers of the failure"}
            lines={call.trailer}
          />
        </>
      ),
    },
    { id: "overview", label: "Overview", content: <CallOverview call={call} /> },
    {
      id: "copy",
      label: "Copy as",
      content: (
        <>
          <h3>curl, byte for byte</h3>
          <CodeBlock label="curl command" code={asCurl(call)} />
          <h3>buf curl, with the schema of this repository</h3>
          <CodeBlock label="buf curl command" code={asBufCurl(call)} />
        </>
      ),
    },
  ]
  return (
    <section className="call-details" aria-label={`Call ${fullName(call)}`}>
      <div className="call-details-head">
        <h2 title={fullName(call)}>{call.method.name}</h2>
        <CopyButton label="Copy as curl" text={asCurl(call)} hasLabel />
        <Button look="quiet" icon="close" isIcon title="Close" onClick={onClose}>
          Close details
        </Button>
      </div>
      <Tabs label="Parts of the call" tabs={tabs} />
    </section>
  )
}

interface MessagesProps {
  readonly of: "Request" | "Response"
  readonly messages: readonly CallMessage[]
  readonly count: number
}

/** Messages as JSON, the newest first. */
function Messages({ of, messages, count }: MessagesProps) {
  if (count === 0) return <p className="call-nothing">No message{of === "Response" ? " has come" : " was sent"}.</p>
  const forgotten = count - messages.length
  return (
    <ol className="call-messages" reversed>
      {messages.toReversed().map((message, index) => {
        const number = count - index
        return (
          <li key={number}>
            {count > 1 && (
              <p>
                {number} of {count}, after {formatMs(message.atMs)}
              </p>
            )}
            <CodeBlock label={`${of} message ${number}`} code={asJson(message)} />
          </li>
        )
      })}
      {forgotten > 0 && <li className="call-nothing">The {forgotten} before these are forgotten.</li>}
    </ol>
  )
}

/** A long one is cut: it is for reading. */
const maxJsonLength = 50_000

function asJson({ schema, value }: CallMessage): string {
  const json = toJsonString(schema, value, { prettySpaces: 2 })
  return json.length > maxJsonLength
    ? `${json.slice(0, maxJsonLength)}\n… ${json.length - maxJsonLength} more characters`
    : json
}
