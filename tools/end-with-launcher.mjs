// Preloaded by `node --import` into a program that must not outlive the process that started it, also where that one was
// killed by SIGKILL and could pass nothing on: the program then gets a SIGTERM. The launcher says who it is in LAUNCHER_PID.
// Worker threads and forks inherit the preload, and end with the launcher too.

const checkEveryMs = 100
const launcher = Number(process.env.LAUNCHER_PID)

if (launcher > 0) {
  // A child of the launcher gets another parent when the launcher ends. Its pid may stay visible longer, until it is reaped.
  const isGone = process.ppid === launcher ? () => process.ppid !== launcher : () => !isRunning(launcher)
  const timer = setInterval(() => {
    if (!isGone()) return
    clearInterval(timer)
    process.kill(process.pid, "SIGTERM")
  }, checkEveryMs)
  timer.unref()
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM" // it runs as another user
  }
}
