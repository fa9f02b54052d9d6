/** When one Ctrl-C may arrive more than once: from the terminal and from npm. */
const sameSignalMs = 1000

/** Runs `stop` at SIGINT or SIGTERM and then exits with 130. A second signal, later, exits at once. */
export function onInterrupt(stop) {
  let at = null
  const interrupt = async (signal) => {
    if (at !== null) {
      if (performance.now() - at > sameSignalMs) process.exit(130)
      return
    }
    at = performance.now()
    process.stderr.write(`\n${signal}: stopping\n`)
    await stop()
    process.exit(130)
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, interrupt)
}
