import { expect, it } from "vitest"
import { exec, root } from "./exec.ts"

it("a command that does not start is exit code 127 and leaves nothing that keeps the process", async () => {
  const script = `import { exec } from "${root}/tools/checks/exec.ts"; console.log(await exec(["no-such-command"]))`
  const { exitCode, output } = await exec(["node", "--input-type=module", "--eval", script])
  expect(exitCode, output).toBe(0)
  expect(output).toContain("exitCode: 127")
})
