// A site's launcher as a test has it, for the command cluster: runs are process groups of this machine, and what is known of one
// is in its directory.
//
//   node launcher.mjs submit|look|stop DIRECTORY [COMMAND | GRACE_SECONDS]
//
// With LAUNCHER_IS_FULL runs wait for ever.
import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const [, , verb, directory, argument] = process.argv
const claimFile = join(directory, 'launcher-claim')
const runFile = join(directory, 'launcher-run.json')
const logFile = join(directory, 'trainer.log')

function write(run) {
  const draft = `${runFile}.${process.pid}`
  writeFileSync(draft, JSON.stringify(run))
  renameSync(draft, runFile)
}

function read() {
  return existsSync(runFile) ? JSON.parse(readFileSync(runFile, 'utf8')) : null
}

function lives(pid) {
  try {
    process.kill(pid, 0)
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch (error) {
    // There is no /proc everywhere.
    return error.code === 'ENOENT' && !existsSync('/proc/self/stat')
  }
}

function signal(pid, name) {
  try {
    process.kill(-pid, name)
  } catch {
    // Gone already.
  }
}

function submit(command) {
  try {
    closeSync(openSync(claimFile, 'wx'))
  } catch {
    // Another call has it.
    return
  }
  if (process.env['LAUNCHER_IS_FULL']) return write({ waits: true })
  const log = openSync(logFile, 'a')
  const stdio = ['ignore', log, log]
  const child = spawn('sh', ['-c', `exec ${command}`], { cwd: directory, detached: true, stdio })
  child.unref()
  write({ pid: child.pid, since: new Date().toISOString() })
}

function look() {
  const run = read()
  if (run === null) return { state: 'absent' }
  if (run.stopped) return { state: 'ended', cause: 'stopped' }
  if (run.waits) return { state: 'waiting', reason: 'the machine is full', queuePosition: 1 }
  return lives(run.pid) ? { state: 'running', since: run.since } : { state: 'ended', cause: 'exited' }
}

async function stop(graceSeconds) {
  // Somebody submits it at this moment.
  for (let tries = 0; tries < 50 && existsSync(claimFile) && read() === null; tries += 1) await sleep(20)
  const run = read()
  if (run === null) return
  if (run.waits) return write({ stopped: true })
  if (graceSeconds > 0) signal(run.pid, 'SIGTERM')
  for (const until = Date.now() + graceSeconds * 1000; Date.now() < until && lives(run.pid); ) await sleep(20)
  signal(run.pid, 'SIGKILL')
}

if (verb === 'submit') submit(argument)
else if (verb === 'look') console.log(JSON.stringify(look()))
else if (verb === 'stop') await stop(Number(argument))
else {
  console.error(`there is no ${verb}`)
  process.exit(64)
}
