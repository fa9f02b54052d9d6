#!/usr/bin/env node
// A real Ray cluster for tests and for trying things out.
//
//   node tools/services/ray.mjs install    about 420 MB in .cache/ray/venv; needs Python 3.10 or newer
//   node tools/services/ray.mjs [NODES]    starts one, of one node or several, prints how to use it, and stops it at Ctrl-C
//
// RAY_TEST names the dashboard of a cluster to use instead, with RAY_TEST_TOKEN where it wants a token: one node of 16 CPUs on
// this machine. PYTHON names the interpreter to build on.
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePorts } from './free-ports.mjs'
import { untilInterrupted } from './until-interrupted.mjs'

const version = '2.60.0'
const home = join(dirname(fileURLToPath(import.meta.url)), '../../.cache/ray')
const venv = join(home, 'venv')
const python = join(venv, 'bin/python')
const stamp = join(home, 'installed')
const install = 'node tools/services/ray.mjs install'
const startTimeoutMs = 120_000
// Only a Ray that believes in clusters lets a node join, and such a one would leave loopback.
const joining = `
from ray._private import ray_constants, services
ray_constants.ENABLE_RAY_CLUSTER = True
services.get_node_ip_address = lambda address=None: "127.0.0.1"
from ray.scripts.scripts import main
main()`

/**
 * Starts a cluster of `nodes` nodes on free loopback ports, which takes a token. Answers `{ address, token, close }`, or `{ skipped }` with the
 * reason where there can be none; `token` may be null for a cluster that `RAY_TEST` names. Its log is in `directory`. `log` takes
 * lines. `close` ends every process of it, jobs included.
 */
export async function startRay({ directory, nodes = 1, log = () => {} }) {
  const given = process.env['RAY_TEST']
  if (given) return { address: given, token: process.env['RAY_TEST_TOKEN'] || null, close: async () => {} }
  if (!isInstalled()) return { skipped: `Ray ${version} is not installed: run ${install}` }
  mkdirSync(directory, { recursive: true })
  for (let tries = 1; ; tries += 1) {
    const started = await start(directory, nodes)
    // Another program may have taken one of the ports just before.
    if (started.skipped === undefined || tries === 3) return started
    log(`Ray did not start (${started.skipped}): once more`)
  }
}

function isInstalled() {
  return existsSync(python) && existsSync(stamp) && readFileSync(stamp, 'utf8') === version
}

function installRay() {
  if (isInstalled()) return console.log(`Ray ${version} is in ${venv}`)
  mkdirSync(home, { recursive: true })
  run(process.env['PYTHON'] ?? 'python3', ['-m', 'venv', venv])
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'uv'])
  const options = ['--quiet', '--compile-bytecode', '--python', python]
  run(join(venv, 'bin/uv'), ['pip', 'install', ...options, `ray[default]==${version}`])
  writeFileSync(stamp, version)
  console.log(`Ray ${version} is in ${venv}`)
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' })
  if (error === undefined && status === 0) return
  console.error(`${command} ${args[0]} failed${error ? `: ${error.message}` : ''}`)
  process.exit(1)
}

async function start(directory, nodes) {
  const token = randomBytes(24).toString('hex')
  // The path of a Unix socket has at most 107 bytes, of which Ray takes 70 for itself.
  const temporary = mkdtempSync('/tmp/ray-')
  const [gcs, client, dashboard, ...ports] = await freePorts(5 + 6 * nodes)
  const env = environment({ token, temporary, metrics: ports.splice(0, 2) })
  const logFile = join(directory, 'ray.log')
  const leaders = []
  let ended = false
  const startNode = (program, which) => {
    const output = openSync(logFile, 'a')
    const args = [...program, 'start', ...which, ...nodeOptions(ports.splice(0, 6))]
    const child = spawn(python, args, { cwd: temporary, detached: true, env, stdio: ['ignore', output, output] })
    closeSync(output)
    leaders.push(child.pid)
    for (const event of ['exit', 'error'])
      child.once(event, () => {
        ended = true
      })
  }
  const kill = () => killAll(leaders, temporary)
  process.once('exit', kill)
  const close = async () => {
    process.off('exit', kill)
    for (let tries = 0; tries < 100 && kill() > 0; tries += 1) await sleep(50)
    rmSync(temporary, { recursive: true, force: true })
  }
  const address = `http://127.0.0.1:${dashboard}`
  startNode([join(venv, 'bin/ray')], headOptions({ gcs, client, dashboard, temporary }))
  for (const until = Date.now() + startTimeoutMs; Date.now() < until && !ended; await sleep(100)) {
    const ready = await readyNodes(address, token)
    if (ready === nodes) return { address, token, close }
    if (ready === leaders.length) startNode(['-c', joining], [`--address=127.0.0.1:${gcs}`])
  }
  await close()
  const reason = readFileSync(logFile, 'utf8').trim().split('\n').at(-1) || 'it said nothing'
  return { skipped: `Ray does not start: ${reason}` }
}

function headOptions({ gcs, client, dashboard, temporary }) {
  const values = {
    port: gcs,
    'ray-client-server-port': client,
    'dashboard-host': '127.0.0.1',
    'dashboard-port': dashboard,
    'include-log-monitor': false,
    'temp-dir': temporary,
  }
  return ['--head', ...named(values)]
}

function nodeOptions([agent, agentRpc, runtimeEnv, metrics, nodeManager, objectManager]) {
  const values = {
    'node-ip-address': '127.0.0.1',
    'dashboard-agent-listen-port': agent,
    'dashboard-agent-grpc-port': agentRpc,
    'runtime-env-agent-port': runtimeEnv,
    'metrics-export-port': metrics,
    'node-manager-port': nodeManager,
    'object-manager-port': objectManager,
    // 0 lets each worker take any free port.
    'min-worker-port': 0,
    'max-worker-port': 0,
    'num-cpus': 16,
    'num-gpus': 0,
    'object-store-memory': 80_000_000,
  }
  return ['--block', '--disable-usage-stats', ...named(values)]
}

function named(values) {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`)
}

function environment({ token, temporary, metrics }) {
  const kept = Object.entries(process.env).filter(([name]) => !/^RAY_|_proxy$/i.test(name))
  return {
    ...Object.fromEntries(kept),
    // Where jobs find the interpreter that has Ray.
    PATH: `${join(venv, 'bin')}:${process.env['PATH']}`,
    RAY_AUTH_MODE: 'token',
    RAY_AUTH_TOKEN: token,
    // Else Ray takes another address of the machine for 127.0.0.1 and listens on all of them.
    RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER: '0',
    AUTOSCALER_METRIC_PORT: String(metrics[0]),
    DASHBOARD_METRIC_PORT: String(metrics[1]),
    RATCHET_TEST_RAY: temporary,
  }
}

/** Kills the cluster's processes and gives their number. Those in groups of their own are found by what they inherited. */
function killAll(leaders, temporary) {
  const mark = `RATCHET_TEST_RAY=${temporary}`
  const marked = processIds().filter((id) => environmentOf(id).includes(mark))
  for (const id of [...leaders.map((id) => -id), ...marked]) {
    try {
      process.kill(id, 'SIGKILL')
    } catch {
      // Gone already.
    }
  }
  return marked.length
}

function processIds() {
  if (!existsSync('/proc')) return []
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []))
}

/** Empty for a process that has ended or is another user's. */
function environmentOf(id) {
  try {
    return readFileSync(`/proc/${id}/environ`, 'utf8').split('\0')
  } catch {
    return []
  }
}

/** How many nodes there are to take jobs, the head first: the dashboard is up before they are. */
async function readyNodes(address, token) {
  try {
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(`${address}/api/v0/nodes`, { headers, signal: AbortSignal.timeout(5_000) })
    return answer.ok ? (await answer.json()).data.result.total : 0
  } catch {
    return 0
  }
}

async function serve(nodes) {
  const directory = mkdtempSync(join(tmpdir(), 'ratchet-ray-'))
  const ray = await startRay({ directory, nodes, log: console.error })
  if (ray.skipped === undefined) {
    console.log(`export RAY_TEST=${ray.address} RAY_TEST_TOKEN=${ray.token ?? ''}`)
    await untilInterrupted()
    await ray.close()
  } else console.error(ray.skipped)
  rmSync(directory, { recursive: true, force: true })
  process.exit(ray.skipped === undefined ? 0 : 1)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] === 'install') installRay()
  else await serve(Number(process.argv[2] ?? 1))
}
