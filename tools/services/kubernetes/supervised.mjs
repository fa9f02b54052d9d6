import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const startTimeoutMs = 90_000
const restartAfterMs = 500

/**
 * Runs a program until `close`, starting it again when it dies once it was ready. Its output is in `<home>/<name>.log`, its pid in
 * `<home>/<name>.pid`. `ready(isReady)` waits until `isReady` answers true, and throws the program's last line when it ends before.
 */
export function startSupervised({ home, log, name, command, args }) {
  const logFile = join(home, `${name}.log`)
  const pidFile = join(home, `${name}.pid`)
  let child
  let closing = false
  let wasReady = false
  let ended = begin()
  const kill = () => child.kill('SIGKILL')
  const leave = () => child.kill('SIGTERM')

  function begin() {
    const output = openSync(logFile, 'a')
    // Ctrl-C is not for them: they end in order. A kubelet whose standard input ends ends itself, with its pods.
    child = spawn(command, args, { stdio: ['pipe', output, output], detached: true })
    closeSync(output)
    child.stdin.on('error', () => {})
    if (child.pid !== undefined) writeFileSync(pidFile, String(child.pid))
    return new Promise((end) => {
      child.once('exit', () => end(true))
      child.once('error', () => end(true))
    }).then(async () => {
      if (closing || !wasReady) return
      log(`${name} ended and is started again`)
      await sleep(restartAfterMs)
      if (!closing) ended = begin()
    })
  }

  return {
    /** Asks it to end, without waiting. */
    leave: () => {
      closing = true
      leave()
    },
    ready: async (isReady = async () => true) => {
      const gone = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined
      for (const deadline = Date.now() + startTimeoutMs; !gone() && Date.now() < deadline; await sleep(50))
        if (await isReady().catch(() => false)) {
          wasReady = !gone()
          if (wasReady) return
        }
      throw new Error(`${name}: ${lastLine(logFile)}`)
    },
    close: async () => {
      closing = true
      leave()
      const slow = setTimeout(kill, 10_000)
      await ended
      clearTimeout(slow)
      rmSync(pidFile, { force: true })
    },
  }
}

function lastLine(file) {
  return readFileSync(file, 'utf8').trim().split('\n').at(-1) || 'it said nothing'
}
