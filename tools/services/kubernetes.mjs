#!/usr/bin/env node
// A real Kubernetes for tests and for trying things out: API server, controllers, scheduler and etcd as plain processes on
// loopback. Its two nodes, gpu-0 and gpu-1, are test kubelets, which run pods as processes of this machine.
//
//   node tools/services/kubernetes.mjs install    builds it with Go into .cache/kubernetes: about 13 minutes and 4 GB of Go's caches
//   node tools/services/kubernetes.mjs            starts one, prints how to use it, and stops it at Ctrl-C
//
// KUBERNETES_TEST names the kubeconfig of one that runs already, as an administrator of it.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { freePorts } from './free-ports.mjs'
import { createApi, readAccess } from './kubernetes/api.mjs'
import { makeCertificates } from './kubernetes/certificates.mjs'
import { apiServer, controllers, etcd, kubelet, scheduler } from './kubernetes/components.mjs'
import { install, installed, programs } from './kubernetes/install.mjs'
import { startSupervised } from './kubernetes/supervised.mjs'
import { untilInterrupted } from './until-interrupted.mjs'

const nodes = ['gpu-0', 'gpu-1']
const namespace = 'default'

/**
 * Starts a cluster whose files are in `directory`; beside its kubeconfig lies `<component>.pid` of each process, which is started
 * again when it dies. Answers `{ kubeconfig, namespace, close }`, or `{ skipped }` with the reason where there can be none.
 * `log` takes lines.
 */
export async function startKubernetes({ directory, log = () => {} }) {
  const given = process.env['KUBERNETES_TEST']
  if (given) return { kubeconfig: given, namespace, close: async () => {} }
  if (!installed()) return { skipped: 'build it with node tools/services/kubernetes.mjs install' }
  for (let tries = 1; ; tries += 1) {
    const home = join(directory, `start-${tries}`)
    mkdirSync(home, { recursive: true })
    const started = await start(home, log)
    // Another program may have taken a port just before.
    if (started.skipped === undefined || tries === 3) return started
    log(`${started.skipped}: once more`)
  }
}

async function start(home, log) {
  const running = []
  const leave = () => {
    for (const each of running) each.leave()
  }
  process.once('exit', leave)
  const close = async () => {
    process.off('exit', leave)
    // Kubelets end the processes of their pods, and go first; etcd goes last.
    for (let each = running.pop(); each !== undefined; each = running.pop()) await each.close()
  }
  const run = async (component, isReady) => {
    const process = startSupervised({ home, log, ...component })
    running.push(process)
    await process.ready(isReady)
  }
  try {
    const certificates = await makeCertificates(home)
    const [api, client, peer] = await freePorts(3)
    const kubeconfig = join(home, 'kubeconfig')
    const token = randomBytes(16).toString('hex')
    writeFileSync(join(home, 'tokens.csv'), `${token},admin,admin,system:masters\n`, { mode: 0o600 })
    writeFileSync(kubeconfig, kubeconfigOf(`https://127.0.0.1:${api}`, certificates.authorityText, token), {
      mode: 0o600,
    })
    const etcdUrl = `http://127.0.0.1:${client}`
    const ask = createApi(readAccess(kubeconfig))
    const answers = (path) => async () => (await ask('GET', path)).status === 200
    await run(etcd({ programs, home, client: etcdUrl, peer: `http://127.0.0.1:${peer}` }), async () => {
      return (await fetch(`${etcdUrl}/health`)).ok
    })
    await run(apiServer({ programs, home, certificates, etcdUrl, port: api }), answers('/readyz'))
    await run(controllers({ programs, certificates, kubeconfig }))
    await run(scheduler({ programs, kubeconfig }))
    for (const node of nodes)
      await run(kubelet({ home, kubeconfig, certificates, node }), async () => isSchedulable(ask, node))
    await until(answers(`/api/v1/namespaces/${namespace}/serviceaccounts/default`))
    log(`Kubernetes listens at https://127.0.0.1:${api}`)
    return { kubeconfig, namespace, close }
  } catch (error) {
    await close()
    return { skipped: `Kubernetes does not start: ${error.message}` }
  }
}

async function isSchedulable(ask, node) {
  const { status, body } = await ask('GET', `/api/v1/nodes/${node}`)
  if (status !== 200) return false
  const ready = body.status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True')
  return ready && !(body.spec.taints?.length > 0)
}

async function until(condition) {
  for (const deadline = Date.now() + 30_000; !(await condition()); ) {
    if (Date.now() > deadline) throw new Error('its controllers do nothing')
    await new Promise((done) => setTimeout(done, 50))
  }
}

function kubeconfigOf(server, authority, token) {
  const data = Buffer.from(authority).toString('base64')
  return `${JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': data } }],
      users: [{ name: 'admin', user: { token } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin', namespace } }],
      'current-context': 'test',
    },
    null,
    2,
  )}\n`
}

async function main(argument) {
  const log = (line) => console.error(line)
  if (argument === 'install') {
    process.exitCode = (await install(log)) ? 0 : 1
    return
  }
  if (argument !== undefined) {
    log(`node tools/services/kubernetes.mjs [install]: there is no ${argument}`)
    process.exitCode = 2
    return
  }
  const directory = mkdtempSync(join(tmpdir(), 'ratchet-kubernetes-'))
  try {
    const cluster = await startKubernetes({ directory, log })
    if (cluster.skipped === undefined) await serve(cluster)
    else log(cluster.skipped)
    process.exitCode = cluster.skipped === undefined ? 0 : 1
  } finally {
    if (existsSync(directory)) rmSync(directory, { recursive: true, force: true })
  }
}

async function serve({ kubeconfig, close }) {
  console.log('# for the tests')
  console.log(`export KUBERNETES_TEST=${kubeconfig}`)
  console.log('# for kubectl')
  console.log(`export KUBECONFIG=${kubeconfig}`)
  await untilInterrupted()
  await close()
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(resolve(process.argv[1])).href)
  await main(process.argv[2])
