#!/usr/bin/env node
// A real S3 server for tests and for trying things out: versitygw, on loopback, over a directory.
//
//   node tools/services/s3.mjs [DIRECTORY]    starts one, prints how to use it, and stops it at Ctrl-C
//
// S3_ENDPOINT_TEST names a server to use instead, with S3_ACCESS_KEY_ID_TEST, S3_SECRET_ACCESS_KEY_TEST, S3_BUCKET_TEST and
// perhaps S3_REGION_TEST. VERSITYGW names the program; else it is looked for on the PATH and in .cache/tools, and built there
// by Go 1.25 or newer.
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  accessSync,
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { freePorts } from './free-ports.mjs'
import { untilInterrupted } from './until-interrupted.mjs'

const version = 'v1.8.0'
const oldestGo = [1, 25]
const source = `github.com/versity/versitygw/cmd/versitygw@${version}`
const tools = join(dirname(fileURLToPath(import.meta.url)), '../../.cache/tools')
const region = 'us-east-1'

/**
 * Starts a server with an empty bucket; its files are in `directory`. Answers `{ endpoint, region, accessKeyId, secretAccessKey,
 * bucket, close }`, or `{ skipped }` with the reason where there can be none. `log` takes lines.
 */
export async function startS3({ directory, log = () => {} }) {
  if (isSet('S3_ENDPOINT_TEST')) return given()
  const found = await findProgram(log)
  if (found.program === undefined) return found
  for (let tries = 1; ; tries += 1) {
    const server = await start(found.program, directory, log)
    // Another program may have taken the port just before.
    if (server.skipped === undefined || tries === 3) return server
  }
}

function isSet(name) {
  return (process.env[name] ?? '') !== ''
}

function given() {
  const needed = ['S3_ACCESS_KEY_ID_TEST', 'S3_SECRET_ACCESS_KEY_TEST', 'S3_BUCKET_TEST']
  const missing = needed.filter((name) => !isSet(name))
  if (missing.length > 0) throw new Error(`S3_ENDPOINT_TEST is set and ${missing.join(' and ')} is not`)
  const [accessKeyId, secretAccessKey, bucket] = needed.map((name) => process.env[name])
  const endpoint = process.env['S3_ENDPOINT_TEST']
  const where = isSet('S3_REGION_TEST') ? process.env['S3_REGION_TEST'] : region
  return { endpoint, region: where, accessKeyId, secretAccessKey, bucket, close: async () => {} }
}

async function findProgram(log) {
  const named = process.env['VERSITYGW']
  if (named) return isProgram(named) ? { program: named } : { skipped: `VERSITYGW names no program: ${named}` }
  const cached = join(tools, `versitygw-${version}`)
  const program = findOnPath('versitygw') ?? (isProgram(cached) ? cached : undefined)
  return program === undefined ? await build(cached, log) : { program }
}

function findOnPath(name) {
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '')
  return directories.map((directory) => join(directory, name)).find(isProgram)
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** One to two minutes the first time. Several may build at once: the program gets its name when it is whole. */
async function build(target, log) {
  const go = findOnPath('go')
  if (go === undefined) return { skipped: 'no versitygw and no Go to build it with' }
  const run = promisify(execFile)
  mkdirSync(tools, { recursive: true })
  const draft = mkdtempSync(join(tools, 'versitygw-draft-'))
  try {
    const { stdout } = await run(go, ['env', 'GOVERSION'], { env: { ...process.env, GOTOOLCHAIN: 'local' } })
    const [major = 0, minor = 0] = (/go(\d+)\.(\d+)/.exec(stdout) ?? []).slice(1).map(Number)
    if (major < oldestGo[0] || (major === oldestGo[0] && minor < oldestGo[1]))
      return { skipped: `versitygw is not here, and to build it takes Go ${oldestGo.join('.')}, not ${stdout.trim()}` }
    log(`building versitygw ${version}, once`)
    const env = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOBIN: draft, GOFLAGS: '' }
    await run(go, ['install', '-ldflags=-s -w', source], { env, timeout: 900_000, maxBuffer: 64 * 1024 * 1024 })
    renameSync(join(draft, 'versitygw'), target)
    return { program: target }
  } catch (error) {
    return { skipped: `versitygw cannot be built: ${lastLine(String(error.stderr || error.message))}` }
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

function lastLine(text) {
  return text.trim().split('\n').at(-1) ?? ''
}

async function start(program, directory, log) {
  const objects = join(directory, 'objects')
  const logFile = join(directory, 'versitygw.log')
  mkdirSync(objects, { recursive: true })
  const accessKeyId = randomBytes(10).toString('hex')
  const secretAccessKey = randomBytes(20).toString('hex')
  const [port] = await freePorts(1)
  const endpoint = `http://127.0.0.1:${port}`
  const output = openSync(logFile, 'a')
  // Without keep-alive, with which it refuses some valid requests, and without a sidecar, with which reads can be torn.
  const child = spawn(program, ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', objects], {
    env: { ...withoutSettings(process.env), ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  const ended = new Promise((end) => {
    child.once('exit', end)
    child.once('error', end)
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const close = async () => {
    child.kill('SIGTERM')
    const timer = setTimeout(kill, 5_000)
    await ended
    clearTimeout(timer)
    process.off('exit', kill)
  }
  const credentials = { accessKeyId, secretAccessKey }
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 })
  const bucket = 'ratchet'
  try {
    await Promise.race([createBucket(client, bucket), ended.then(() => Promise.reject(new Error('it ended')))])
  } catch (error) {
    await close()
    const reason = lastLine(readFileSync(logFile, 'utf8')) || error.message
    return { skipped: `versitygw does not start: ${reason}` }
  } finally {
    client.destroy()
  }
  log(`versitygw listens at ${endpoint}`)
  return { endpoint, region, ...credentials, bucket, close }
}

/** Its options may come from the environment too; none shall. */
function withoutSettings(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(VGW_|ROOT_|AWS_)/.test(name)))
}

async function createBucket(client, bucket) {
  for (const until = Date.now() + 30_000; ; ) {
    try {
      return await client.send(new CreateBucketCommand({ Bucket: bucket }))
    } catch (error) {
      if (error.name === 'BucketAlreadyOwnedByYou') return
      if (error.$metadata?.httpStatusCode !== undefined || Date.now() > until) throw error
    }
    await sleep(50)
  }
}

async function main(argument) {
  const directory = argument === undefined ? mkdtempSync(join(tmpdir(), 'ratchet-s3-')) : resolve(argument)
  try {
    const server = await startS3({ directory, log: (line) => console.error(line) })
    if (server.skipped === undefined) await serve(server)
    else console.error(server.skipped)
    process.exitCode = server.skipped === undefined ? 0 : 1
  } finally {
    if (argument === undefined) rmSync(directory, { recursive: true, force: true })
  }
}

async function serve({ endpoint, region: where, accessKeyId, secretAccessKey, bucket, close }) {
  const values = { ENDPOINT: endpoint, ACCESS_KEY_ID: accessKeyId, SECRET_ACCESS_KEY: secretAccessKey, BUCKET: bucket }
  console.log('# for the tests')
  for (const [name, value] of Object.entries(values)) console.log(`export S3_${name}_TEST=${value}`)
  console.log('# for Ratchet')
  console.log(`export S3_ENDPOINT=${endpoint} S3_BUCKET=${bucket} AWS_REGION=${where}`)
  console.log(`export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}`)
  await untilInterrupted()
  await close()
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(resolve(process.argv[1])).href)
  await main(process.argv[2])
