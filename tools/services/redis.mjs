#!/usr/bin/env node
// A real Redis server for tests and for trying things out.
//
//   node tools/services/redis.mjs     starts one, prints how to use it, and stops it on Ctrl-C
//
// REDIS_URL_TEST names a server that runs already. Else `redis-server` or `valkey-server` is taken from the PATH, and else
// Debian's package is unpacked once into .cache/tools/redis, which needs no root.
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePorts } from './free-ports.mjs'

const cache = join(dirname(fileURLToPath(import.meta.url)), '../../.cache/tools/redis')
const packages = ['redis-tools', 'libatomic1', 'libjemalloc2', 'liblzf1']
const startTimeoutMs = 20_000

/**
 * Starts a server on a free loopback port with a random password, which keeps its append-only file in `directory` and answers
 * with `{ url, close }`, or with `{ skipped: reason }` where no server can be had. `log` gets one sentence a step.
 */
export async function startRedis({ directory, log = () => {} }) {
  const given = process.env['REDIS_URL_TEST']
  if (given) return { url: given, close: async () => {} }
  const found = findServer() ?? unpackServer(log)
  if (found.skipped !== undefined) return found
  mkdirSync(directory, { recursive: true })
  for (let attempt = 1; ; attempt += 1) {
    const started = await start(found, directory)
    if (started.url !== undefined || attempt === 3) return started
    log(`Redis did not start (${started.skipped}): once more`)
  }
}

/** `{ command, env }` of the server, or null. */
function findServer() {
  for (const name of ['redis-server', 'valkey-server'])
    for (const folder of (process.env['PATH'] ?? '').split(delimiter))
      if (folder !== '' && existsSync(join(folder, name))) return { command: join(folder, name), env: {} }
  return cachedServer()
}

function cachedServer() {
  const command = join(cache, 'redis-server')
  if (!existsSync(command)) return null
  const lib = join(cache, 'usr/lib')
  const folders = readdirSync(lib, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return { command, env: { LD_LIBRARY_PATH: folders.map(({ name }) => join(lib, name)).join(delimiter) } }
}

/** Debian's server is one program under several names, and `redis-tools` has it as `redis-check-rdb`. */
function unpackServer(log) {
  if (!has('apt-get') || !has('dpkg'))
    return { skipped: 'there is no redis-server: install one, or set REDIS_URL_TEST to the URL of one that runs' }
  mkdirSync(dirname(cache), { recursive: true })
  const partial = mkdtempSync(`${cache}-`)
  try {
    log('downloading Redis once')
    let download = run('apt-get', ['download', ...packages], partial)
    if (download !== null && process.getuid?.() === 0) {
      log('updating the package lists')
      run('apt-get', ['update'], partial)
      download = run('apt-get', ['download', ...packages], partial)
    }
    if (download !== null) return { skipped: `apt-get could not download Redis: ${download}` }
    for (const file of readdirSync(partial).filter((name) => name.endsWith('.deb'))) {
      const unpacked = run('dpkg', ['-x', file, '.'], partial)
      if (unpacked !== null) return { skipped: `${file} could not be unpacked: ${unpacked}` }
      rmSync(join(partial, file))
    }
    symlinkSync('usr/bin/redis-check-rdb', join(partial, 'redis-server'))
    if (!existsSync(cache)) renameSync(partial, cache)
    return cachedServer()
  } catch (error) {
    // Another process may have been faster.
    return cachedServer() ?? { skipped: `Redis could not be unpacked: ${error.message}` }
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
}

function has(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0
}

/** Null, or the last line of what went wrong. */
function run(command, args, cwd) {
  const { status, error, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 120_000 })
  if (status === 0) return null
  return error?.message ?? stderr.trim().split('\n').at(-1)
}

async function start({ command, env }, directory) {
  const [port] = await freePorts(1)
  const password = randomBytes(18).toString('hex')
  const settings = { bind: '127.0.0.1', port, requirepass: password, dir: `"${directory}"`, appendonly: 'yes' }
  const file = join(directory, 'redis.conf')
  const lines = Object.entries({ ...settings, 'maxmemory-policy': 'noeviction', save: '""', loglevel: 'warning' })
  // In a file, since everybody can read a command line.
  writeFileSync(file, lines.map(([name, value]) => `${name} ${value}\n`).join(''), { mode: 0o600 })
  const child = spawn(command, [file], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output = `${output}${chunk}`.slice(-2000)
    })
  let ended = false
  const exited = new Promise((resolve) => {
    child.once('exit', resolve)
    child.once('error', (error) => {
      output = error.message
      resolve()
    })
  }).then(() => {
    ended = true
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const close = async () => {
    process.off('exit', kill)
    child.kill('SIGTERM')
    const slow = setTimeout(kill, 10_000)
    await exited
    clearTimeout(slow)
  }
  for (let waitedMs = 0; waitedMs < startTimeoutMs && !ended; waitedMs += 20) {
    if (await answers(port, password)) return { url: `redis://:${password}@127.0.0.1:${port}`, close }
    await sleep(20)
  }
  await close()
  return { skipped: `${command} did not start: ${output.trim().split('\n').at(-1) || 'it said nothing'}` }
}

/** Whether the server that takes `password` answers, which another one on the port would not. */
function answers(port, password) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    let answer = ''
    const end = (value) => {
      socket.destroy()
      resolve(value)
    }
    socket.setTimeout(1000, () => end(false))
    socket.once('error', () => end(false))
    socket.once('close', () => end(false))
    socket.once('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`))
    socket.on('data', (chunk) => {
      answer += chunk
      if (answer.includes('PONG')) end(true)
      else if (answer.includes('-')) end(false)
    })
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const directory = mkdtempSync(join(tmpdir(), 'ratchet-redis-'))
  const redis = await startRedis({ directory, log: console.error })
  if (redis.skipped !== undefined) {
    console.error(redis.skipped)
    process.exit(1)
  }
  console.log(`export REDIS_URL=${redis.url}`)
  await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve)
    setInterval(() => {}, 2 ** 30)
  })
  await redis.close()
  rmSync(directory, { recursive: true, force: true })
  process.exit(0)
}
