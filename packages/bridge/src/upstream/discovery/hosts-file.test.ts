import { expect, it } from "vitest"
import { addressesInHosts } from "./hosts-file.ts"

it("a file of hosts gives each address that is listed for a name", () => {
  const text =
    "# 10.0.0.9 users.test\n127.0.0.1\tlocalhost\r\n10.0.0.1 a Users.Test # users\n10.0.0.2 a users.test2\n\nfd00::1 users.test\nx users.test"
  expect(addressesInHosts(text, "users.TEST")).toEqual(["10.0.0.1", "fd00::1"])
  expect(addressesInHosts(text, "localhost")).toEqual(["127.0.0.1"])
  expect(addressesInHosts(text, "users")).toEqual([])
})
