const mappedIpv4 = "::ffff:"

/**
 * The key under which a client's calls and connections are counted: its address. Of an IPv6 address the first 64 bits count,
 * since a network gives the whole /64 to one customer (RFC 6177).
 */
export function clientKey(address: string): string {
  if (!address.includes(":")) return address
  if (address.startsWith(mappedIpv4) && address.includes(".")) return address.slice(mappedIpv4.length)
  const [head, tail] = address.toLowerCase().split("%", 1)[0].split("::", 2)
  const groups = head === "" ? [] : head.split(":")
  const tailGroups = tail === undefined || tail === "" ? [] : tail.split(":")
  while (groups.length < 8 - tailGroups.length && groups.length < 4) groups.push("0")
  return `${[...groups, ...tailGroups].slice(0, 4).map(withoutZeros).join(":")}::/64`
}

function withoutZeros(group: string): string {
  return Number.parseInt(group, 16).toString(16)
}
