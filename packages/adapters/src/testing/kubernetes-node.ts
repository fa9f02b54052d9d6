import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { KubernetesClient } from '../cluster/kubernetes-client.ts'
import { until } from './kubernetes-lab.ts'

export type KubernetesNode = {
  readonly name: string
  /** A label that this node has, and that others may get. */
  readonly pool: Readonly<Record<string, string>>
  /** Its kubelet dies; the processes of its pods do not. */
  kill(): Promise<void>
  /** Starts a kubelet on it again. */
  start(): Promise<void>
  /** Its kubelet does nothing any more, nor says so. */
  freeze(): void
  close(): Promise<void>
}

const program = join(dirname(fileURLToPath(import.meta.url)), '../../../../tools/services/kubernetes/test-kubelet.mjs')

const Node = z.looseObject({
  spec: z.looseObject({ taints: z.array(z.unknown()).nullish() }),
  status: z.looseObject({ conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).nullish() }),
})

/** A node of a test's own, with 8 GPUs. */
export async function startKubernetesNode(kubeconfig: string, admin: KubernetesClient): Promise<KubernetesNode> {
  const name = `node-${Math.random().toString(36).slice(2, 10)}`
  const pool = { 'ratchet.dev/pool': name }
  const directory = mkdtempSync(join(tmpdir(), 'ratchet-node-'))
  const lab = dirname(kubeconfig)
  let kubelet: ChildProcess
  const start = async (): Promise<void> => {
    const args = [program, kubeconfig, name, join(lab, 'server.crt'), join(lab, 'server.key'), directory]
    kubelet = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'inherit'] })
    await until(() => isReady(admin, name))
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (kubelet.exitCode !== null || kubelet.signalCode !== null) return
    const ended = once(kubelet, 'exit')
    kubelet.kill(signal)
    await ended
  }
  await start()
  await labelNode(admin, name, pool)
  return {
    name,
    pool,
    start,
    kill: () => end('SIGKILL'),
    freeze: () => void kubelet.kill('SIGSTOP'),
    close: async () => {
      kubelet.kill('SIGCONT')
      await end('SIGTERM')
      await admin.text({ method: 'DELETE', path: `/api/v1/nodes/${name}` })
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

export async function labelNode(
  admin: KubernetesClient,
  name: string,
  labels: Readonly<Record<string, string | null>>,
): Promise<void> {
  await admin.text({ method: 'PATCH', path: `/api/v1/nodes/${name}`, body: { metadata: { labels } } })
}

async function isReady(admin: KubernetesClient, name: string): Promise<boolean> {
  try {
    const { spec, status } = await admin.ask({ path: `/api/v1/nodes/${name}` }, Node)
    const ready = status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True')
    return ready === true && (spec.taints ?? []).length === 0
  } catch {
    return false
  }
}
