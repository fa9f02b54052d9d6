import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ServedCheckpoint } from '@ratchet/ports/testing/serving-contract.ts'
import { z } from 'zod'
import { createSystemClock } from '../clock/system-clock.ts'
import { childEnvironment } from '../detached-process/start-detached.ts'
import { createCommandServing } from '../serving/command.ts'
import { ensureServerProcess, stopServerProcess } from '../serving/server-process.ts'
import { findRealPython } from './real-python.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '../../../..')

/** The interpreter that has vLLM: `VLLM_PYTHON`, or what `tools/vllm.mjs install` made. Null when there is none. */
export function findVllmPython(): string | null {
  const candidates = [process.env['VLLM_PYTHON'], join(root, '.cache/vllm/venv/bin/python')]
  return candidates.find((path) => path !== undefined && existsSync(path)) ?? null
}

/** Why tests that need a real vLLM are skipped. */
export const noVllm = 'skipped: no vLLM; run node tools/vllm.mjs install or set VLLM_PYTHON'

/** How a real vLLM server serves a checkpoint on this machine's CPU, as a recipe's `serving` says it. */
export function vllmCommand(contextTokens: number, host = '127.0.0.1') {
  const server = [findVllmPython() ?? 'python3', '-m', 'vllm.entrypoints.openai.api_server', '--host', host]
  const model = ['--port', '{port}', '--model', '{path}', '--served-model-name', '{name}']
  const size = ['--dtype', 'float32', '--max-model-len', String(contextTokens), '--enforce-eager']
  return {
    command: [...server, ...model, ...size, '--distributed-executor-backend', 'uni'],
    // No kernel is compiled on the first request with logprobs, and no thread is pinned to one core.
    env: {
      VLLM_CPU_KVCACHE_SPACE: '1',
      VLLM_CPU_OMP_THREADS_BIND: 'nobind',
      VLLM_ENABLE_V1_MULTIPROCESSING: '0',
      VLLM_NO_USAGE_STATS: '1',
      OMP_NUM_THREADS: '1',
      TORCHDYNAMO_DISABLE: '1',
      HF_HUB_OFFLINE: '1',
      DO_NOT_TRACK: '1',
    },
    startTimeoutSeconds: 400,
    maxInFlight: 32,
  }
}

/** Serves checkpoints on real vLLM servers, one for each. */
export function createVllmServing(directory: string, contextTokens: number) {
  const command = vllmCommand(contextTokens)
  return createCommandServing({ directory, ...command, inherited: process.env, clock: createSystemClock() })
}

export type VllmServerSettings = {
  readonly directory: string
  /** Of the process's state and log. */
  readonly name: string
  readonly modelPath: string
  readonly servedName: string
  readonly contextTokens: number
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export type VllmServer = {
  readonly url: string
  stop(): Promise<void>
  /** Kills it and starts it again on the same address, on what it was started on. */
  restart(): Promise<void>
  /** Lets all its processes stand still: it accepts connections and answers nothing. */
  freeze(): void
  thaw(): void
}

/** Starts a real vLLM on one checkpoint and waits until it answers. */
export async function startVllmServer(settings: VllmServerSettings): Promise<VllmServer> {
  const { directory, name, modelPath: path, servedName, contextTokens, args = [], env = {} } = settings
  const { command, env: own, startTimeoutSeconds } = vllmCommand(contextTokens)
  const filled = (port: number) =>
    [...command, ...args].map((argument) =>
      argument.replaceAll('{port}', String(port)).replaceAll('{path}', path).replaceAll('{name}', servedName),
    )
  for (;;) {
    const server = await ensureServerProcess({
      directory,
      name,
      command: filled,
      env: { ...childEnvironment(process.env), ...own, ...env },
      startTimeoutMs: startTimeoutSeconds * 1000,
      clock: createSystemClock(),
    })
    if (server.state === 'failed') throw new Error(server.reason)
    if (server.state === 'healthy') return running(server.url, settings)
    await sleep(500)
  }
}

/** Two servers on one checkpoint, as `policy`, whose weights can be replaced; `envOfFirst` is what the first has besides. */
export async function startReplaceableServers(
  settings: Pick<VllmServerSettings, 'directory' | 'modelPath' | 'contextTokens'>,
  envOfFirst: Readonly<Record<string, string>> = {},
): Promise<readonly [VllmServer, VllmServer]> {
  const start = (name: string, more: Readonly<Record<string, string>>) =>
    startVllmServer({ ...settings, name, servedName: 'policy', env: { VLLM_SERVER_DEV_MODE: '1', ...more } })
  return await Promise.all([start('one', envOfFirst), start('two', {})])
}

function running(url: string, settings: VllmServerSettings): VllmServer {
  const { directory, name } = settings
  const signal = (kind: NodeJS.Signals) => {
    const { pid } = StateFile.parse(JSON.parse(readFileSync(join(directory, `${name}.json`), 'utf8'))).process
    process.kill(-pid, kind)
  }
  return {
    url,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    stop: () => stopServerProcess(directory, name, 5_000, createSystemClock()),
    restart: async () => {
      signal('SIGKILL')
      while (await fetch(`${url}/health`).catch(() => null)) await sleep(100)
      await startVllmServer(settings)
    },
  }
}

const StateFile = z.looseObject({ process: z.looseObject({ pid: z.number() }) })

const CanaryFile = z.object({
  text: z.string(),
  tokenIds: z.array(z.number()),
  logprobs: z.array(z.number().nullable()),
})

/** Full checkpoints `full-1` and `full-2`, and `adapter-1` and `adapter-2` over `full-1`, with their true canaries. */
export function makeTinyCheckpoints(directory: string): (name: string) => ServedCheckpoint {
  const script = join(root, 'infra/trainer/make_tiny_checkpoints.py')
  execFileSync(findRealPython() ?? 'python3', [script, '--out', directory], { stdio: 'pipe' })
  return (name) => {
    const path = join(directory, name)
    return { path, canary: CanaryFile.parse(JSON.parse(readFileSync(join(path, 'canary.json'), 'utf8'))) }
  }
}
