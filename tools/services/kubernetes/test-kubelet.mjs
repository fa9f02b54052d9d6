#!/usr/bin/env node
// A node of a test cluster: runs the first container of each pod that the scheduler gives it as a process of this machine, and
// reports and ends it as the real kubelet does. Images, volumes and networks are not played: a mount path is a path of this machine.
//
//   node test-kubelet.mjs KUBECONFIG NODE CERTIFICATE KEY DIRECTORY
//
// It registers the node with 8 GPUs, and ends itself and its pods on SIGTERM, SIGINT and the end of its standard input. When it is
// killed, its pods go on, as containers do.
import { mkdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createApi, readAccess } from './api.mjs'
import { serveLogs } from './kubelet-logs.mjs'
import { createPodRunner } from './kubelet-pod.mjs'

const [kubeconfig, node, certificate, key, directory] = process.argv.slice(2)
const heartbeatMs = 1000
const capacity = { cpu: '64', memory: '512Gi', pods: '110', 'nvidia.com/gpu': '8' }
const merge = { type: 'application/merge-patch+json' }

mkdirSync(directory, { recursive: true })
const ask = createApi(readAccess(kubeconfig))
/** By uid. */
const pods = new Map()

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0))
process.stdin.once('end', () => process.exit(0)).resume()
process.once('exit', () => {
  for (const pod of pods.values()) pod.kill()
})

const port = await serveLogs({ certificate, key, directory })
await register()
void heartbeat()
await watch()

async function register() {
  const metadata = { name: node, labels: { 'kubernetes.io/hostname': node } }
  await insist(() => ask('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata }), [201, 409])
  const status = {
    capacity,
    allocatable: capacity,
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  }
  await insist(() => ask('PATCH', `/api/v1/nodes/${node}/status`, { status: { ...status, ...ready() } }, merge), [200])
}

function ready() {
  const at = new Date().toISOString()
  const condition = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    lastHeartbeatTime: at,
    lastTransitionTime: at,
  }
  return { conditions: [{ ...condition, message: 'test node' }] }
}

async function heartbeat() {
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases'
  for (; ; await sleep(heartbeatMs)) {
    const renewTime = new Date().toISOString().replace('Z', '000Z')
    const spec = { holderIdentity: node, leaseDurationSeconds: 40, renewTime }
    const renewed = await attempt(() => ask('PATCH', `${leases}/${node}`, { spec }, merge))
    if (renewed?.status === 404) {
      const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: node }, spec }
      await attempt(() => ask('POST', leases, lease))
    }
    const seen = await attempt(() => ask('GET', `/api/v1/nodes/${node}`))
    const is = seen?.body.status?.conditions?.find(({ type }) => type === 'Ready')?.status
    if (seen?.status === 200 && is !== 'True')
      await attempt(() => ask('PATCH', `/api/v1/nodes/${node}/status`, { status: ready() }, merge))
  }
}

/** Lists the node's pods and follows their changes, for ever. */
async function watch() {
  const mine = `fieldSelector=spec.nodeName%3D${node}`
  for (;;) {
    const list = await attempt(() => ask('GET', `/api/v1/pods?${mine}`))
    if (list?.status === 200) {
      const present = new Set(list.body.items.map(({ metadata }) => metadata.uid))
      for (const pod of list.body.items) seen(pod)
      for (const uid of pods.keys()) if (!present.has(uid)) gone(uid)
      const { resourceVersion } = list.body.metadata
      const onEvent = ({ type, object }) => {
        if (type === 'DELETED') gone(object.metadata.uid)
        else if (type === 'ADDED' || type === 'MODIFIED') seen(object)
      }
      await attempt(() =>
        ask('GET', `/api/v1/pods?watch=1&${mine}&resourceVersion=${resourceVersion}`, undefined, { onEvent }),
      )
    }
    await sleep(200)
  }
}

function seen(pod) {
  const { uid } = pod.metadata
  const runner = pods.get(uid) ?? createPodRunner({ ask: (...args) => insist(() => ask(...args)), directory })
  pods.set(uid, runner)
  runner.seen(pod)
}

function gone(uid) {
  pods.get(uid)?.kill()
  pods.delete(uid)
}

/** Undefined when there is no answer. */
async function attempt(call) {
  try {
    return await call()
  } catch (error) {
    console.error(String(error))
  }
}

/** Until the API answers, with one of `statuses` where they matter. */
async function insist(call, statuses) {
  for (;;) {
    const answer = await attempt(call)
    if (answer !== undefined && answer.status < 500 && (statuses?.includes(answer.status) ?? true)) return answer
    await sleep(200)
  }
}
