/** Says how to stop, and returns when somebody does. */
export async function untilInterrupted() {
  console.error('Ctrl-C stops it')
  const alive = setInterval(() => {}, 60_000)
  await new Promise((stop) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, stop)
  })
  clearInterval(alive)
}
