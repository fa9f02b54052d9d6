#!/usr/bin/env node
// A real Slurm for tests and for trying things out: controller, accounting and two nodes of eight pretended GPUs on this machine.
//
//   node tools/services/slurm.mjs install     Debian's packages, about 20 s; needs root
//   node tools/services/slurm.mjs             starts one, prints how to use it, and stops it at Ctrl-C
//
// Its programs need root. All of it listens on loopback and lives in one directory, so that it disturbs no other Slurm.
import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { cpus, hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { freePorts } from './free-ports.mjs'
import {
  accountingConfiguration,
  cgroupConfiguration,
  configuration,
  gpuConfiguration,
  nodes,
} from './slurm/configuration.mjs'
import { untilInterrupted } from './until-interrupted.mjs'

const packages = [
  'slurmctld',
  'slurmd',
  'slurm-client',
  'munge',
  'slurmdbd',
  'slurm-wlm-mysql-plugin',
  'mariadb-server',
]
const gpus = 8

/**
 * Starts one, or answers `{ skipped: reason }` where there can be none. `{ conf, close }`: `conf` is the SLURM_CONF of its commands.
 * A controller or node daemon that dies is started again some seconds later, as a machine's init would. `log` takes lines.
 */
export async function startSlurm({ log = () => {} } = {}) {
  const missing = whyNot()
  if (missing !== null) return { skipped: missing }
  // Its daemons run as users of their own, who must be able to reach it.
  const lab = await prepare(mkdtempSync(join(tmpdir(), 'ratchet-slurm-')))
  try {
    await startMunge()
    await startDatabase(lab)
    await startAccounting(lab)
    startController(lab)
    for (const node of nodes) startNode(lab, node)
    await waitFor('its nodes to be idle', () => areIdle(lab), 60)
  } catch (error) {
    await close(lab)
    throw error
  }
  log(`Slurm runs with SLURM_CONF=${lab.conf}`)
  return { conf: lab.conf, close: () => close(lab) }
}

function whyNot() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'Slurm is started by root on Linux only'
  const absent = ['slurmctld', 'slurmd', 'slurmdbd', 'sbatch', 'munged', 'mariadbd'].filter(
    (name) => find(name) === null,
  )
  return absent.length === 0 ? null : `there is no ${absent[0]}: run node tools/services/slurm.mjs install`
}

function find(program) {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin']
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path)) ?? null
}

async function prepare(directory) {
  const [controller, accounting, ...ports] = await freePorts(2 + nodes.length)
  const lab = {
    directory,
    conf: join(directory, 'slurm.conf'),
    socket: join(directory, 'mysql/mysql.sock'),
    daemons: new Map(),
    closing: false,
    accountingPort: accounting,
  }
  const slurm = identityOf('slurm')
  chmodSync(directory, 0o755)
  for (const folder of ['log', 'run', 'spool', 'mysql', 'dev']) mkdirSync(join(directory, folder), { recursive: true })
  for (const folder of ['log', 'run', 'spool']) chownSync(join(directory, folder), slurm.uid, slurm.gid)
  const mysql = identityOf('mysql')
  chownSync(join(directory, 'mysql'), mysql.uid, mysql.gid)
  for (let index = 0; index < gpus; index += 1)
    // A plain file counts as a GPU too, but only a device has an index.
    if (run('mknod', [join(directory, `dev/nvidia${index}`), 'c', '195', String(index)]) !== 0)
      writeFileSync(join(directory, `dev/nvidia${index}`), '')
  const old = /^(slurm\S* )?22\./.test(text('slurmd', ['-V']))
  const facts = { directory, host: hostname().split('.')[0], controller, accounting, ports, gpus, cpus: cpus().length }
  writeFileSync(lab.conf, configuration(facts))
  writeFileSync(join(directory, 'gres.conf'), gpuConfiguration(facts))
  writeFileSync(join(directory, 'cgroup.conf'), cgroupConfiguration(old))
  const database = join(directory, 'slurmdbd.conf')
  writeFileSync(database, accountingConfiguration(facts), { mode: 0o600 })
  chownSync(database, slurm.uid, slurm.gid)
  return lab
}

/** One for the whole machine, which is left running. */
async function startMunge() {
  if (run('munge', ['-n']) === 0) return
  const munge = identityOf('munge')
  mkdirSync('/run/munge', { recursive: true })
  chownSync('/run/munge', munge.uid, munge.gid)
  if (!existsSync('/etc/munge/munge.key')) run('mungekey', ['--create'])
  chownSync('/etc/munge/munge.key', munge.uid, munge.gid)
  run('runuser', ['-u', 'munge', '--', find('munged')])
  await waitFor('munge', () => run('munge', ['-n']) === 0, 10)
}

async function startDatabase(lab) {
  const data = join(lab.directory, 'mysql')
  const made = text('mariadb-install-db', [
    '--no-defaults',
    '--user=mysql',
    `--datadir=${data}`,
    '--skip-test-db',
    '--auth-root-authentication-method=socket',
  ])
  if (!existsSync(join(data, 'mysql'))) throw new Error(`no database for the accounting: ${made.slice(-500)}`)
  daemon(lab, 'mariadbd', [
    ...[find('mariadbd'), '--no-defaults', '--user=mysql', `--datadir=${data}`, `--socket=${lab.socket}`],
    ...['--skip-networking', '--innodb-buffer-pool-size=64M', '--innodb-log-file-size=16M'],
    ...['--innodb-lock-wait-timeout=900', '--innodb-flush-log-at-trx-commit=0'],
  ])
  const sql = (query) => run('mariadb', ['--no-defaults', `--socket=${lab.socket}`, '-e', query])
  await waitFor('the accounting database', () => sql('select 1') === 0, 30)
  sql(
    "create database slurm_acct_db; create user 'slurm'@'localhost' identified by 'slurm'; grant all on slurm_acct_db.* to 'slurm'@'localhost'",
  )
}

async function startAccounting(lab) {
  // It finds a socket that is not the system's by this variable only.
  const env = ['env', `MYSQL_UNIX_PORT=${lab.socket}`, `SLURM_CONF=${lab.conf}`]
  daemon(lab, 'slurmdbd', ['runuser', '-u', 'slurm', '--', ...env, find('slurmdbd'), '-D'])
  const manage = (...args) => run('sacctmgr', ['-i', ...args], { SLURM_CONF: lab.conf })
  await waitFor('slurmdbd', () => run('sacctmgr', ['-n', 'list', 'cluster'], { SLURM_CONF: lab.conf }) === 0, 30)
  manage('add', 'cluster', 'lab')
  manage('add', 'account', 'research', 'Cluster=lab')
  manage('add', 'user', 'root', 'Account=research')
}

function startController(lab) {
  const env = ['env', `SLURM_CONF=${lab.conf}`]
  daemon(lab, 'slurmctld', ['runuser', '-u', 'slurm', '--', ...env, find('slurmctld'), '-D'], 3000)
}

function startNode(lab, node) {
  daemon(lab, `slurmd-${node}`, ['env', `SLURM_CONF=${lab.conf}`, find('slurmd'), '-D', '-N', node], 20_000)
}

function areIdle(lab) {
  const states = text('sinfo', ['-h', '-N', '-o', '%T'], { SLURM_CONF: lab.conf }).trim().split('\n')
  return states.length >= nodes.length && states.every((state) => state === 'idle')
}

/** Step daemons are nobody's children; they carry this Slurm's configuration. */
function stepsOf(lab) {
  return processes()
    .filter(
      ({ pid, command }) => command.includes('slurmstepd') && environmentOf(pid).includes(`SLURM_CONF=${lab.conf}\0`),
    )
    .flatMap(({ pid }) => descendants(pid))
}

async function close(lab) {
  lab.closing = true
  run('scancel', ['--signal=KILL', '--full', '--me', '--quiet'], { SLURM_CONF: lab.conf })
  run('scancel', ['--me', '--quiet'], { SLURM_CONF: lab.conf })
  const order = [...lab.daemons.values()].reverse()
  for (const child of order) {
    for (const pid of descendants(child.pid)) kill(pid, 'SIGTERM')
    const ended = await Promise.race([child.ended.then(() => true), sleep(5000, false, { ref: false })])
    if (!ended) for (const pid of descendants(child.pid)) kill(pid, 'SIGKILL')
  }
  for (const pid of stepsOf(lab)) kill(pid, 'SIGKILL')
  rmSync(lab.directory, { recursive: true, force: true, maxRetries: 5 })
}

function daemon(lab, name, command, restartAfterMs = null) {
  const output = openSync(join(lab.directory, `log/${name}.out`), 'a')
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', output, output] })
  closeSync(output)
  child.ended = new Promise((resolve) => child.once('exit', resolve).once('error', resolve))
  lab.daemons.set(name, child)
  child.ended.then(async () => {
    if (restartAfterMs === null) return
    await sleep(restartAfterMs, undefined, { ref: false })
    if (!lab.closing) daemon(lab, name, command, restartAfterMs)
  })
}

async function waitFor(what, isSo, seconds) {
  for (let tries = 0; tries < seconds * 5; tries += 1) {
    if (isSo()) return
    await sleep(200)
  }
  throw new Error(`Slurm: waited ${seconds} s for ${what}`)
}

function processes() {
  return text('ps', ['-eo', 'pid=,ppid=,args='])
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((found) => found !== null)
    .map(([, pid, parent, command]) => ({ pid: Number(pid), parent: Number(parent), command }))
}

/** A process and all below it, the deepest first. */
function descendants(pid, all = processes()) {
  return [...all.filter(({ parent }) => parent === pid).flatMap((child) => descendants(child.pid, all)), pid]
}

function environmentOf(pid) {
  return text('cat', [`/proc/${pid}/environ`])
}

function kill(pid, signal) {
  try {
    process.kill(pid, signal)
  } catch {
    // Gone already.
  }
}

function run(command, args, env = {}) {
  return spawnSync(command, args, { stdio: 'ignore', env: { ...process.env, ...env } }).status
}

function text(command, args, env = {}) {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, ...env } })
  return `${stdout ?? ''}${stderr ?? ''}`
}

function identityOf(user) {
  const number = (flag) => Number(text('id', [flag, user]).trim())
  return { uid: number('-u'), gid: number('-g') }
}

function install() {
  if (process.getuid?.() !== 0) throw new Error('Debian packages are installed by root: use sudo')
  const apt = (...args) =>
    spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], {
      stdio: 'inherit',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0
  const add = () => apt('install', '-y', '--no-install-recommends', ...packages)
  if (!add() && !(apt('update') && add())) throw new Error('apt-get could not install Slurm')
}

async function main() {
  if (process.argv[2] === 'install') return install()
  const slurm = await startSlurm({ log: console.log })
  if (slurm.skipped !== undefined) throw new Error(slurm.skipped)
  console.log(`export SLURM_CONF=${slurm.conf}`)
  await untilInterrupted()
  await slurm.close()
  process.exit(0)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  main().catch((error) => {
    console.error(error.message)
    process.exitCode = 1
  })
