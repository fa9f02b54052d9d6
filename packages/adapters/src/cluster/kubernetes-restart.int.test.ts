import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ensureUntil, hasEnded, hasSteps, labCluster, labJob, startsOf } from '../testing/kubernetes-jobs.ts'
import { findKubernetes, type KubernetesLab, noKubernetes, openKubernetesLab } from '../testing/kubernetes-lab.ts'

const program = join(dirname(fileURLToPath(import.meta.url)), '../../../../tools/services/kubernetes.mjs')
const missing = findKubernetes() === null
const suite = missing ? describe.skip : describe

suite(`a Kubernetes whose parts die${missing ? ` (${noKubernetes})` : ''}`, () => {
  let server: ChildProcess
  let kubeconfig = ''
  let lab: KubernetesLab
  beforeAll(async () => {
    const env = { ...process.env, KUBERNETES_TEST: '' }
    server = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'ignore'] })
    for await (const line of createInterface({ input: server.stdout! })) {
      kubeconfig = /^export KUBERNETES_TEST=(.+)$/.exec(line)?.[1] ?? ''
      if (kubeconfig !== '') break
    }
    lab = await openKubernetesLab(kubeconfig)
  })
  afterAll(async () => {
    await lab?.close()
    const ended = once(server, 'exit')
    server.kill('SIGINT')
    await ended
  })

  const kill = (component: string): void => {
    process.kill(Number(readFileSync(join(dirname(kubeconfig), `${component}.pid`), 'utf8')), 'SIGKILL')
  }

  test('a run is not lost with the API server, which may pass, and is not begun twice', async () => {
    const cluster = labCluster(lab)
    const job = labJob(500)
    await ensureUntil(cluster, job, hasSteps(3))
    kill('kube-apiserver')
    const failures: string[] = []
    const other = labJob(5)
    const report = await ensureUntil(cluster, other, hasEnded, ({ message }) => failures.push(message))
    expect(failures.join('\n')).toContain('cannot be reached')
    expect(report).toMatchObject({ state: 'succeeded', attempt: 1 })
    expect(await ensureUntil(cluster, job, hasEnded)).toMatchObject({ state: 'succeeded', attempt: 1 })
    expect([job, other].map((each) => startsOf(lab.runsDirectory, each).length)).toEqual([1, 1])
    await cluster.close()
  })

  test.each(['etcd', 'kube-controller-manager', 'kube-scheduler'])('nor with %s', async (component) => {
    const cluster = labCluster(lab)
    const job = labJob(100)
    await ensureUntil(cluster, job, hasSteps(3))
    kill(component)
    const other = labJob(5)
    expect(await ensureUntil(cluster, other, hasEnded)).toMatchObject({ state: 'succeeded', attempt: 1 })
    expect(await ensureUntil(cluster, job, hasEnded)).toMatchObject({ state: 'succeeded', attempt: 1 })
    expect([job, other].map((each) => startsOf(lab.runsDirectory, each).length)).toEqual([1, 1])
    await cluster.close()
  })
})
