import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createSystemClock } from '../clock/system-clock.ts'
import { createCommandServing } from '../serving/command.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '../../../..')

/** The interpreter that has vLLM: `VLLM_PYTHON`, or what `tools/vllm.mjs install` made. Null when there is none. */
export function findVllmPython(): string | null {
  const candidates = [process.env['VLLM_PYTHON'], join(root, '.cache/vllm/venv/bin/python')]
  return candidates.find((path) => path !== undefined && existsSync(path)) ?? null
}

/** Why tests that need a real vLLM are skipped. */
export const noVllm = 'skipped: no vLLM; run node tools/vllm.mjs install or set VLLM_PYTHON'

/** How a real vLLM server serves a checkpoint on this machine's CPU, as a recipe's `serving` says it. */
export function vllmCommand(contextTokens: number) {
  const server = [findVllmPython() ?? 'python3', '-m', 'vllm.entrypoints.openai.api_server', '--host', '127.0.0.1']
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
