import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { Cluster, TrainingJob } from '@ratchet/ports/cluster.ts'
import { createSystemClock } from '../clock/system-clock.ts'
import { aheadOf, ensureUntil, hasEnded, labCluster, labJob } from '../testing/kubernetes-jobs.ts'
import {
  findKubernetes,
  inNamespace,
  type KubernetesLab,
  manifestsOf,
  noKubernetes,
  openKubernetesLab,
  pathOf,
  roleFile,
} from '../testing/kubernetes-lab.ts'
import { fakeTrainerSettings } from '../testing/local-cluster-harness.ts'
import { kubernetesAccess } from './kubernetes-access.ts'
import { createKubernetesClient } from './kubernetes-client.ts'
import { kubernetesJob } from './kubernetes-job.ts'
import type { KubernetesSettings } from './kubernetes-settings.ts'

const kubeconfig = findKubernetes()
const suite = kubeconfig === null ? describe.skip : describe

suite(`a Kubernetes that does not start a run${kubeconfig === null ? ` (${noKubernetes})` : ''}`, () => {
  let lab: KubernetesLab
  const closing: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    lab = await openKubernetesLab(kubeconfig ?? '')
  })
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })
  afterAll(() => lab?.close())

  function open(settings: Parameters<typeof labCluster>[1] = {}): Cluster {
    const cluster = labCluster(lab, settings)
    closing.push(() => cluster.close())
    return cluster
  }
  function begin(cluster: Cluster): TrainingJob {
    const job = labJob(5)
    closing.push(() => cluster.cancel(job.id))
    return job
  }
  const post = (path: string, body: object) =>
    lab.admin.text({ method: 'POST', path: `/api/v1/namespaces/${lab.namespace}/${path}`, body })
  const says = (words: string) => (report: { readonly state: string; readonly reason?: string }) =>
    report.state === 'pending' && (report.reason ?? '').includes(words)

  /** It waits with these words, and has failed with them once a minute has passed. */
  async function expectToBecomeHopeless(settings: Partial<KubernetesSettings>, words: string): Promise<void> {
    const cluster = open(settings)
    const job = begin(cluster)
    await ensureUntil(cluster, job, says(words))
    const later = open({ ...settings, clock: aheadOf(createSystemClock()) })
    expect(await later.ensure(job)).toMatchObject({ state: 'failed', reason: expect.stringContaining(words) })
  }

  test('more GPUs than any node has are waited for, in the words of the scheduler', async () => {
    const cluster = open({ gpus: 9 })
    const job = begin(cluster)
    await ensureUntil(cluster, job, says('Insufficient nvidia.com/gpu'))
    const later = open({ gpus: 9, clock: aheadOf(createSystemClock()) })
    expect(await later.ensure(job)).toMatchObject({ state: 'pending' })
  })

  test('a volume that is not there is waited for', async () => {
    const cluster = open({ volumes: [{ claim: 'no-such-claim', mountPath: '/runs' }] })
    await ensureUntil(cluster, begin(cluster), says('persistentvolumeclaim "no-such-claim" not found'))
  })

  test('an image that cannot be pulled is given up after a minute', async () => {
    await expectToBecomeHopeless({ image: 'registry.invalid/trainer:1' }, 'ImagePullBackOff')
  })

  test('an image with an impossible name is given up at once', async () => {
    const cluster = open({ image: 'Registry/Trainer' })
    const reason = expect.stringContaining('InvalidImageName')
    expect(await ensureUntil(cluster, begin(cluster), hasEnded)).toMatchObject({ state: 'failed', attempt: 1, reason })
  })

  test('a secret that is missing is given up after a minute', async () => {
    const environmentFromSecrets = { HF_TOKEN: { secret: 'nobody-has-it', key: 'token' } }
    await expectToBecomeHopeless({ environmentFromSecrets }, 'secret "nobody-has-it" not found')
  })

  test('the trainer has its variables and secrets once they are there', async () => {
    const { trainer } = fakeTrainerSettings('')
    const cluster = open({
      environment: { GREETING: '$(HOME) sweet home' },
      environmentFromSecrets: { HF_TOKEN: { secret: 'hub', key: 'token' } },
      trainer: ['sh', '-c', 'test "$HF_TOKEN$GREETING" = "hush\\$(HOME) sweet home" && exec "$@"', 'sh', ...trainer],
    })
    const job = begin(cluster)
    await ensureUntil(cluster, job, says('secret "hub" not found'))
    await post('secrets', { metadata: { name: 'hub' }, stringData: { token: 'hush' } })
    expect(await ensureUntil(cluster, job, hasEnded)).toMatchObject({ state: 'succeeded', attempt: 1 })
  })

  test('a command that is not there fails at once, by its name', async () => {
    const cluster = open({ trainer: ['/no/such/python'] })
    const reason = expect.stringMatching(/the cluster cannot run it: .*\/no\/such\/python.*no such file/)
    expect(await ensureUntil(cluster, begin(cluster), hasEnded)).toMatchObject({ state: 'failed', attempt: 1, reason })
  })

  test.each<[string, () => Partial<KubernetesSettings>, RegExp]>([
    ['an amount that is none', () => ({ memory: 'lots' }), /Kubernetes does not take it: .*quantities must match/],
    ['a name that cannot be', () => ({ priorityClassName: 'No!' }), /Kubernetes does not take it: .*priorityClassName/],
    [
      'a label that cannot be',
      () => ({ labels: { team: 'a b' } }),
      /Kubernetes does not take it: .*Invalid value: "a b"/,
    ],
    [
      'a namespace that is not ours',
      () => ({ namespace: 'kube-system' }),
      /does not allow it: .*cannot create.*role\.yaml/,
    ],
    [
      'a namespace that is not there',
      () => ({ kubeconfig: kubeconfig ?? '', namespace: 'no-such' }),
      /"no-such" not found/,
    ],
    ['a wrong token', () => ({ kubeconfig: withToken('wrong') }), /does not know us: renew the token/],
    ['an authority that is not its own', () => ({ kubeconfig: withAuthority('') }), /certificates of .* do not fit/],
  ])('%s fails at once, with the reason', async (_, settings, reason) => {
    const cluster = open(settings())
    const job = labJob(5)
    const told = await cluster.check(job).catch((error: unknown) => error)
    expect(told).toMatchObject({ retryable: false, message: expect.stringMatching(reason) })
    const report = await cluster.ensure(job)
    expect(report).toMatchObject({ state: 'failed', reason: expect.stringMatching(reason) })
    expect(told).toMatchObject({ message: 'reason' in report ? report.reason : '' })
    expect(await cluster.ensure(job)).toMatchObject({ state: 'failed', attempt: 1 })
  })
  const changed = (
    change: (config: { clusters: { cluster: object }[]; users: { user: object }[] }) => void,
  ): string => {
    const config = JSON.parse(readFileSync(kubeconfig ?? '', 'utf8'))
    change(config)
    const path = join(dirname(lab.runsDirectory), `kubeconfig-${Math.random()}`)
    writeFileSync(path, JSON.stringify(config))
    return path
  }
  const withToken = (token: string) =>
    changed(({ users }) => {
      users[0]!.user = { token }
    })
  const withAuthority = (authority: string) =>
    changed(({ clusters }) => {
      const { 'certificate-authority-data': _, ...rest } = { 'certificate-authority-data': '', ...clusters[0]!.cluster }
      clusters[0]!.cluster = authority === '' ? rest : { ...rest, 'certificate-authority-data': authority }
    })

  test('an API that cannot be reached is asked again later', async () => {
    const nobody = changed(({ clusters }) => {
      clusters[0]!.cluster = { server: 'https://127.0.0.1:1' }
    })
    for (const ask of ['ensure', 'check'] as const)
      await expect(open({ kubeconfig: nobody })[ask](labJob(5))).rejects.toMatchObject({
        retryable: true,
        message: expect.stringContaining('https://127.0.0.1:1 cannot be reached'),
      })
  })

  test("somebody else's Job of the same name is left alone", async () => {
    const cluster = open()
    const job = labJob(5)
    const other = kubernetesJob({ ...run, name: `ratchet-${job.id}-1` }, { image: 'x', nodeSelector: { no: 'where' } })
    const jobs = `/apis/batch/v1/namespaces/${lab.namespace}/jobs`
    await lab.admin.text({ method: 'POST', path: jobs, body: other })
    const reason = expect.stringContaining("that is not this run's")
    expect(await cluster.ensure(job)).toMatchObject({ state: 'failed', reason })
    await cluster.cancel(job.id)
    expect(JSON.parse(await lab.admin.text({ path: `${jobs}/ratchet-${job.id}-1` })).status.conditions).toBeUndefined()
  })
  const run = {
    name: 'a-1',
    directory: '/elsewhere',
    command: ['true'],
    timeLimitMinutes: 1,
    nodes: 1,
    graceSeconds: 1,
  }

  test('a certificate of a client is as good as a token', async () => {
    const [authority, key, request, certificate] = ['ca', 'me.key', 'me.csr', 'me.crt'].map((name) =>
      join(dirname(name === 'ca' ? (kubeconfig ?? '') : lab.runsDirectory), name),
    )
    const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' })
    openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      key!,
      '-out',
      request!,
      '-subj',
      '/O=system:masters/CN=me',
    )
    const signing = ['-CA', `${authority}.crt`, '-CAkey', `${authority}.key`, '-set_serial', '77']
    openssl('x509', '-req', '-in', request!, '-out', certificate!, ...signing)
    const mine = changed(({ users }) => {
      users[0]!.user = { 'client-certificate': certificate, 'client-key': key }
    })
    const cluster = open({ kubeconfig: mine, namespace: lab.namespace })
    expect(await ensureUntil(cluster, begin(cluster), hasEnded)).toMatchObject({ state: 'succeeded' })
  })

  test('everything that can be set is taken by the API, and so is the role', async () => {
    const settings = {
      image: 'registry.example/trainer:1',
      imagePullSecrets: ['registry'],
      gpus: 8,
      cpus: 32,
      memory: '512Gi',
      sharedMemory: '64Gi',
      nodeSelector: { gpu: 'h100' },
      tolerations: [
        { key: 'gpu', operator: 'Equal', value: 'yes', effect: 'NoExecute', tolerationSeconds: 9 } as const,
      ],
      priorityClassName: 'system-node-critical',
      serviceAccountName: 'ratchet',
      runAsUser: 1000,
      runAsGroup: 1000,
      volumes: [{ claim: 'runs', mountPath: '/runs', subPath: 'ours', readOnly: true }],
      environment: { NCCL_DEBUG: 'INFO' },
      environmentFromSecrets: { HF_TOKEN: { secret: 'hub', key: 'token' } },
      queueName: 'team',
      labels: { team: 'reasoning' },
      keepSeconds: 0,
      nodeLossSeconds: 0,
    }
    const query = { dryRun: 'All', fieldValidation: 'Strict' }
    const jobs = `/apis/batch/v1/namespaces/${lab.namespace}/jobs`
    await lab.admin.text({ method: 'POST', path: jobs, query, body: kubernetesJob(run, settings) })
    const admin = createKubernetesClient(
      kubernetesAccess({ kubeconfig: kubeconfig ?? '', namespace: 'kube-public', env: {} }),
    )
    closing.push(() => admin.close())
    for (const manifest of manifestsOf(roleFile)) {
      const body = inNamespace(manifest, 'kube-public')
      await admin.text({ method: 'POST', path: pathOf(manifest, 'kube-public'), query, body })
    }
  })

  test('a quota is waited for', async () => {
    await post('resourcequotas', { metadata: { name: 'none' }, spec: { hard: { pods: '0' } } })
    closing.push(() =>
      lab.admin.text({ method: 'DELETE', path: `/api/v1/namespaces/${lab.namespace}/resourcequotas/none` }),
    )
    const cluster = open()
    const job = begin(cluster)
    await ensureUntil(cluster, job, says('exceeded quota'))
    const later = open({ clock: aheadOf(createSystemClock()) })
    expect(await later.ensure(job)).toMatchObject({ state: 'pending' })
  })

  test('a namespace under the restricted standard takes a trainer that is not root, and no other', async () => {
    const namespace = `/api/v1/namespaces/${lab.namespace}`
    const enforce = (level: string | null) =>
      lab.admin.text({
        method: 'PATCH',
        path: namespace,
        body: { metadata: { labels: { 'pod-security.kubernetes.io/enforce': level } } },
      })
    await enforce('restricted')
    closing.push(() => enforce(null))
    const cluster = open({ runAsUser: 65_534, runAsGroup: 65_534 })
    expect(await ensureUntil(cluster, begin(cluster), hasEnded)).toMatchObject({ state: 'succeeded' })
    await expectToBecomeHopeless({}, 'violates PodSecurity')
  })
})
