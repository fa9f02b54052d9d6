import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { kubernetesAccess } from '../cluster/kubernetes-access.ts'
import { createKubernetesClient, type KubernetesClient } from '../cluster/kubernetes-client.ts'
import { runLabel } from '../cluster/kubernetes-job.ts'
import { type KubernetesPod, KubernetesPodList } from '../cluster/kubernetes-objects.ts'
import type { KubernetesSettings } from '../cluster/kubernetes-settings.ts'

/** Where the test command's Kubernetes is, as its administrator, or null. */
export function findKubernetes(): string | null {
  return process.env['KUBERNETES_TEST'] || null
}

export const noKubernetes = 'skipped: no Kubernetes; build it with node tools/services/kubernetes.mjs install'

export const roleFile = join(dirname(fileURLToPath(import.meta.url)), '../../../../infra/kubernetes/role.yaml')

/** What is in a file of manifests. */
export function manifestsOf(file: string): z.infer<typeof Manifest>[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document) => Manifest.parse(document.toJS()))
}

const Manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
})

export type KubernetesLab = {
  /** The administrator, in a namespace of the lab's own. */
  readonly admin: KubernetesClient
  readonly namespace: string
  /** On the volume that the claim `runs` is for. */
  readonly runsDirectory: string
  /** Of a service account that has the role of `infra/kubernetes` and no other; its pods have the volume. */
  readonly settings: KubernetesSettings
  close(): Promise<void>
}

/** A namespace as `docs/clusters/kubernetes.md` asks for it. */
export async function openKubernetesLab(kubeconfig: string): Promise<KubernetesLab> {
  const namespace = `ratchet-${Math.random().toString(36).slice(2, 10)}`
  const admin = createKubernetesClient(kubernetesAccess({ kubeconfig, namespace, env: {} }))
  const home = mkdtempSync(join(tmpdir(), 'ratchet-kubernetes-runs-'))
  const post = (path: string, body: object) => admin.text({ method: 'POST', path, body })
  await post('/api/v1/namespaces', { metadata: { name: namespace } })
  for (const manifest of manifestsOf(roleFile))
    await post(pathOf(manifest, namespace), inNamespace(manifest, namespace))
  for (const { path, body } of volumeOf(namespace, home)) await post(path, body)
  const token = await admin.ask(
    {
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/serviceaccounts/ratchet/token`,
      body: { spec: { expirationSeconds: 7200 } },
    },
    z.looseObject({ status: z.looseObject({ token: z.string() }) }),
  )
  await until(() => hasDefaultAccount(admin, namespace))
  const own = join(home, 'kubeconfig')
  writeFileSync(own, kubeconfigOf(kubeconfig, namespace, token.status.token))
  return {
    admin,
    namespace,
    runsDirectory: join(home, 'runs'),
    settings: { kubeconfig: own, env: {}, image: 'trainer', volumes: [{ claim: 'runs', mountPath: home }] },
    close: async () => {
      await admin.text({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` })
      await admin.text({ method: 'DELETE', path: `/api/v1/persistentvolumes/${namespace}` })
      await admin.close()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** The pods of a run, as its label has them. */
export async function labPods({ admin, namespace }: KubernetesLab, run: string): Promise<readonly KubernetesPod[]> {
  const query = { labelSelector: `${runLabel}=${run}` }
  return (await admin.ask({ path: `/api/v1/namespaces/${namespace}/pods`, query }, KubernetesPodList)).items
}

/** As draining its node would do it. */
export async function evict(lab: KubernetesLab, run: string): Promise<void> {
  const name = (await labPods(lab, run))[0]?.metadata.name
  const path = `/api/v1/namespaces/${lab.namespace}/pods/${name}/eviction`
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: lab.namespace } }
  await lab.admin.text({ method: 'POST', path, body })
}

export async function until(condition: () => Promise<boolean>, seconds = 60): Promise<void> {
  for (const deadline = Date.now() + seconds * 1000; !(await condition()); ) {
    if (Date.now() > deadline) throw new Error(`it did not come to be within ${seconds} s: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Where an object of one of the kinds that we know is created. */
export function pathOf({ apiVersion, kind }: z.infer<typeof Manifest>, namespace: string): string {
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
  return `${base}/namespaces/${namespace}/${kind.toLowerCase()}s`
}

/** As kubectl does it, which fills in the subject's namespace too. */
export function inNamespace(manifest: z.infer<typeof Manifest>, namespace: string): object {
  const { subjects } = z.looseObject({ subjects: z.array(z.looseObject({})).optional() }).parse(manifest)
  return subjects === undefined
    ? manifest
    : { ...manifest, subjects: subjects.map((subject) => ({ ...subject, namespace })) }
}

async function hasDefaultAccount(admin: KubernetesClient, namespace: string): Promise<boolean> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default`
  return admin.text({ path }).then(
    () => true,
    () => false,
  )
}

function volumeOf(namespace: string, path: string) {
  const resources = { storage: '1Gi' }
  const accessModes = ['ReadWriteMany']
  const claim = { metadata: { name: 'runs' }, spec: { accessModes, storageClassName: '', volumeName: namespace } }
  const volume = {
    metadata: { name: namespace },
    spec: { accessModes, storageClassName: '', capacity: resources, hostPath: { path } },
  }
  return [
    { path: '/api/v1/persistentvolumes', body: volume },
    {
      path: `/api/v1/namespaces/${namespace}/persistentvolumeclaims`,
      body: { ...claim, spec: { ...claim.spec, resources: { requests: resources } } },
    },
  ]
}

function kubeconfigOf(kubeconfig: string, namespace: string, token: string): string {
  const config = z
    .looseObject({ clusters: z.array(z.looseObject({ name: z.string() })) })
    .parse(parse(readFileSync(kubeconfig, 'utf8')))
  const context = { cluster: config.clusters[0]?.name, user: 'ratchet', namespace }
  return JSON.stringify({
    ...config,
    users: [{ name: 'ratchet', user: { token } }],
    contexts: [{ name: 'ratchet', context }],
    'current-context': 'ratchet',
  })
}
