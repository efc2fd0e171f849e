import type { Setting } from "../src/config/settings.ts"
import { settings, variableOf } from "../src/config/settings.ts"

/** docs/settings.md, made of the table that the bridge itself reads. */
export function settingsDocument(): string {
  const table = Object.entries<Setting<unknown>>(settings)
  const lines = [
    "# Settings of the bridge",
    "",
    "Made by `node packages/bridge/tools/write-settings.ts` from `packages/bridge/src/config/settings.ts`; change it there.",
    "",
    "A setting is given by its flag, by its environment variable, or as a field of what `createBridge` takes. A flag wins over",
    "its variable, a variable over the default; an empty variable counts as none. Lists stand in one variable with commas between,",
    "and their flag may be given several times. Flags and variables spell durations `500ms`, `30s`, `5m`, `1h` and sizes `65536`,",
    "`64KiB`, `4MiB`; fields take plain numbers in the unit that their name ends in, and `null` for `none` and `off`. A bridge with",
    "a wrong setting does not start: it names every problem at once and exits with code 2.",
  ]
  for (const [group, members] of Map.groupBy(table, ([, setting]) => setting.group)) {
    lines.push("", `## ${group}`, "", "| Flag | Default | What it is |", "| --- | --- | --- |")
    for (const [, setting] of members) lines.push(summaryOf(setting))
    for (const [key, setting] of members) lines.push("", ...describe(key, setting))
  }
  return `${lines.join("\n")}\n`
}

function summaryOf(setting: Setting<unknown>): string {
  const [firstSentence] = setting.meaning.split(/(?<=[.;:]) /, 1)
  return `| [\`--${setting.flag}\`](#--${setting.flag}) | ${defaultOf(setting)} | ${escapeCell(firstSentence)} |`
}

function describe(key: string, setting: Setting<unknown>): string[] {
  return [
    `### \`--${setting.flag}\``,
    "",
    escapeMarkdown(setting.meaning),
    "",
    `- Given as: \`--${setting.flag} ${setting.kind.placeholder}\`, \`${variableOf(setting)}\`, field \`${key}\``,
    `- Default: ${defaultOf(setting)}`,
    `- When to change it: ${escapeMarkdown(setting.change)}`,
    `- The same elsewhere: ${escapeMarkdown(setting.elsewhere)}`,
  ]
}

function defaultOf({ kind, fallback }: Setting<unknown>): string {
  return fallback === undefined ? "required" : `\`${kind.toText(fallback)}\``
}

function escapeCell(text: string): string {
  return escapeMarkdown(text.replace(/[;:]$/, ".")).replaceAll("|", "\\|")
}

function escapeMarkdown(text: string): string {
  return text.replace(/[*_]/g, "\\$&")
}
