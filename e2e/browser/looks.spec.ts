import { BadRequestSchema } from "@causeway/proto/google/rpc/error_details_pb"
import { Code, ConnectError } from "@connectrpc/connect"
import type { Page } from "@playwright/test"
import { expect, expectLook, test } from "./support/looks-test.ts"
import type { ScriptedServices } from "./support/scripted-backend.ts"
import { listUsers, untilAborted } from "./support/still-services.ts"

// Only in chromium-h1, and on Linux: see playwright.config.ts. CONTRIBUTING.md says how to take the pictures anew.

interface View {
  readonly name: string
  readonly services?: ScriptedServices
  /** Brings the opened page into the state of the picture. */
  readonly reach: (page: Page) => Promise<void>
  /** The part of the page in the picture; the whole page by default. */
  readonly part?: string
}

const users = async (page: Page): Promise<void> => {
  await expect(page.getByText("1–20 of 320")).toBeVisible()
  await expect(page.getByText("In step with every other tab")).toBeVisible()
}

const refused = new ConnectError("The user was refused.", Code.InvalidArgument, undefined, [
  {
    desc: BadRequestSchema,
    value: {
      fieldViolations: [{ field: "user.email", description: "must be an email address, such as ada@example.com" }],
    },
  },
])

/** In light, dark and narrow. */
const views: readonly View[] = [
  { name: "users", reach: users },
  {
    name: "users-dialog",
    services: {
      users: {
        updateUser: () => {
          throw refused
        },
      },
    },
    async reach(page) {
      await users(page)
      await page.getByRole("button", { name: "Edit Ada Lovelace" }).first().click()
      await page.getByLabel("Email").fill("ada")
      await page.getByRole("button", { name: "Save" }).click()
      await expect(page.getByText(/must be an email address/)).toBeVisible()
    },
  },
  { name: "audit", reach: (page) => expect(page.getByText("40 events received")).toBeVisible() },
  {
    name: "calls",
    services: {
      users: {
        listUsers({ pageSize }) {
          if (pageSize % 10 === 7) throw new ConnectError("that was one too many", Code.ResourceExhausted)
          return listUsers()
        },
      },
    },
    async reach(page) {
      await page.getByRole("button", { name: "Send 100 calls" }).click()
      const table = page.getByRole("table", { name: "Calls" })
      await expect(page.getByRole("button", { name: "Send 100 calls" })).toBeVisible({ timeout: 60_000 })
      // The charts are drawn once a second.
      await expect(page.getByText("100 now, 100 in two minutes")).toBeVisible()
      await table.getByRole("button").nth(5).click()
      await expect(page.getByRole("region", { name: "Response message 1" })).toBeVisible()
    },
  },
  {
    name: "explorer",
    async reach(page) {
      await page
        .getByRole("navigation", { name: "Methods" })
        .getByRole("link", { name: /^ListUsers/ })
        .click()
      await page.getByLabel(/^page_size /).fill("20")
      await page.getByRole("button", { name: "Call", exact: true }).click()
      await expect(page.getByText(/OK · 1 message/)).toBeVisible()
    },
  },
  {
    name: "bridge",
    async reach(page) {
      await expect(page.getByText("Ready", { exact: true })).toBeVisible()
      // Of the last of the numbers.
      await expect(page.getByRole("cell", { name: "1,800" })).toBeVisible()
    },
  },
  {
    name: "bridge-versions",
    part: "section.canary",
    services: {
      users: {
        listUsers(_, { responseHeader }) {
          responseHeader.set("x-served-by", "v1")
          return listUsers()
        },
      },
    },
    async reach(page) {
      await expect(page.getByText("v2 is up.")).toBeVisible()
      await page.getByRole("button", { name: "Send 20 calls" }).click()
      await expect(page.getByText("20 answered by v1.")).toBeVisible()
    },
  },
  { name: "faults", reach: (page) => expect(page.getByText("Nothing is broken.")).toBeVisible() },
  {
    name: "faults-report",
    part: "article:has(.report)",
    services: {
      users: {
        listUsers: failWith("the service was stopped", Code.Unavailable),
      },
    },
    async reach(page) {
      const card = page.getByRole("article", { name: "Service stopped" })
      await card.getByRole("button", { name: "Break it" }).click()
      await expect(card.getByText(/Still broken/)).toBeVisible()
      await expect(card.getByText("broken now")).toBeVisible()
    },
  },
]

/** Only in light colours, because these views consist of parts that other pictures show in dark. */
const states: readonly View[] = [
  {
    name: "users-loading",
    services: { users: { listUsers: (_, { signal }) => untilAborted(signal) } },
    reach: (page) => expect(page.getByRole("region", { name: "List of users" })).toHaveAttribute("aria-busy", "true"),
  },
  {
    name: "users-nobody",
    services: { users: { listUsers: () => ({}) } },
    async reach(page) {
      await page.getByRole("searchbox", { name: "Search users" }).fill("nobody")
      await expect(page.getByText("Nobody matches “nobody”")).toBeVisible()
    },
  },
  {
    name: "users-failed",
    services: { users: { listUsers: failWith("the database is being moved", Code.Internal) } },
    reach: (page) => expect(page.getByRole("alert")).toContainText("the database is being moved"),
  },
  {
    name: "audit-nothing",
    services: {
      audit: {
        async *watch(_, { signal }) {
          yield { caughtUp: { cursor: "0" } }
          await untilAborted(signal)
        },
      },
    },
    reach: (page) => expect(page.getByText("Events appear here by themselves.")).toBeVisible(),
  },
  { name: "calls-none", reach: (page) => expect(page.getByText("No call to show")).toBeVisible() },
  { name: "explorer-no-method", reach: (page) => expect(page.getByText("Choose a method")).toBeVisible() },
  {
    name: "explorer-undescribed",
    services: { reflection: {} },
    reach: (page) => expect(page.getByText("The service does not describe itself")).toBeVisible(),
  },
  {
    name: "bridge-unreachable",
    services: {
      bridge: {
        async *watchBridge(_, { signal }) {
          yield { state: { case: "unreachable", value: { message: "Nobody answers at the bridge’s admin port." } } }
          await untilAborted(signal)
        },
      },
    },
    reach: (page) => expect(page.getByText("No numbers", { exact: true })).toBeVisible(),
  },
]

const looks = [
  { name: "light", colorScheme: "light", width: 1280, height: 720 },
  { name: "dark", colorScheme: "dark", width: 960, height: 600 },
  { name: "narrow", colorScheme: "light", width: 360, height: 740 },
] as const

test.use({ timezoneId: "UTC", locale: "en-GB", contextOptions: { reducedMotion: "reduce" } })

for (const { name: look, colorScheme, width, height } of looks) {
  test.describe(look, () => {
    test.use({ colorScheme, viewport: { width, height } })
    for (const { name, services, reach, part } of views) {
      test(name, async ({ page, openStill }) => {
        test.setTimeout(90_000)
        await openStill(viewOf(name), services)
        await reach(page)
        await expectLook(page, `${name}-${look}`, part)
      })
    }
  })
}

test.describe("states", () => {
  test.use({ colorScheme: "light", viewport: { width: 960, height: 600 } })
  for (const { name, services, reach } of states) {
    test(name, async ({ page, openStill }) => {
      test.setTimeout(90_000)
      await openStill(viewOf(name), services)
      await reach(page)
      await expectLook(page, name)
    })
  }
})

/** `users` of `users-dialog`. */
function viewOf(name: string): string {
  return name.split("-")[0] ?? ""
}

function failWith(message: string, code: Code): () => never {
  return () => {
    throw new ConnectError(message, code)
  }
}
