/** True if an error is no statement about the name: no answer came, or a server failed. */
export function isTransient(cause: unknown): boolean {
  const code = codeOf(cause)
  return code !== "ENOTFOUND" && code !== "ENODATA"
}

const words: Readonly<Record<string, string | undefined>> = {
  ENOTFOUND: "there is no such name (NXDOMAIN); is it spelled right, and does this machine's DNS know it?",
  ENODATA: "the name exists, but has no such record; is it the name of a host, or of a service (dns+srv:///)?",
  ESERVFAIL: "the DNS server failed (SERVFAIL)",
  EREFUSED: "the DNS server refused the question (REFUSED); does it serve this machine?",
  ETIMEOUT: "the DNS server does not answer",
  ECONNREFUSED: "no DNS server listens at the address that this machine has for it; is /etc/resolv.conf right?",
  EAI_AGAIN: "the system's resolver has no answer for now; is the DNS server up?",
  EBADRESP: "the DNS server's answer is damaged",
  EBADNAME: "the name is too long for DNS, or one of its labels is",
}

/** The reason why a name did not resolve, in words. */
export function whyUnresolved(cause: unknown): string {
  const known = words[codeOf(cause) ?? ""]
  if (known !== undefined) return known
  return cause instanceof Error ? cause.message : String(cause)
}

function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined
}
