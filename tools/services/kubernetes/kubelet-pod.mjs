import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { closeSync, openSync, rmSync } from 'node:fs'
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { environmentOf, expand } from './kubelet-environment.mjs'
import { refusalOfImage } from './kubelet-image.mjs'
import { logFile } from './kubelet-logs.mjs'

const strategic = { type: 'application/strategic-merge-patch+json' }
const retryMs = 1000

/**
 * The life of one pod. `seen` takes each version of it that the API shows, `kill` ends its process at once: it is gone from the API,
 * or the node goes.
 */
export function createPodRunner({ ask, directory }) {
  let state = 'new'
  let child
  let deleting = false
  let killTimer
  let pod
  let startedAt
  /** Of the pod itself, when that differs from its container's. */
  let reason
  let reported = Promise.resolve()
  const warned = new Set()

  const url = () => `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`
  /** An address of loopback that other pods hardly have. */
  const podIP = `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`
  const withAddress = () => ({ ...pod, status: { ...pod.status, podIP } })
  const container = () => pod.spec.containers[0]
  const log = () => logFile(directory, pod.metadata.namespace, pod.metadata.name)

  /** In order, since a late `Running` would hide an end. Conditions merge by their type, so that others' are kept. */
  const report = (status) => {
    const patch = { metadata: { uid: pod.metadata.uid }, status }
    reported = reported.then(() => ask('PATCH', `${url()}/status`, patch, strategic))
    return reported
  }
  const containerStatus = (state, running) => ({
    name: container().name,
    image: container().image,
    imageID: '',
    ready: running,
    started: running,
    restartCount: 0,
    state,
  })
  const conditions = (status, more = {}) =>
    ['Ready', 'ContainersReady'].map((type) => ({ type, status, lastTransitionTime: now(), ...more }))
  const removeFromApi = async () => {
    await reported
    await ask('DELETE', url(), { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } })
    rmSync(log(), { force: true })
  }
  const signal = (name) => {
    try {
      process.kill(-child.pid, name)
    } catch {
      // It is gone.
    }
  }

  /** An event, once for each message. */
  const warn = async (message) => {
    if (warned.has(message)) return
    warned.add(message)
    const { namespace, name, uid } = pod.metadata
    await ask('POST', `/api/v1/namespaces/${namespace}/events`, {
      metadata: { generateName: `${name}.` },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
      type: 'Warning',
      reason: 'Failed',
      message: `Error: ${message}`,
      firstTimestamp: now(),
      lastTimestamp: now(),
      count: 1,
      source: { component: 'kubelet', host: pod.spec.nodeName },
    })
  }
  const wait = (why, message) => {
    const waiting = { reason: why, message }
    void warn(message)
    return report({
      phase: 'Pending',
      startTime: startedAt,
      containerStatuses: [containerStatus({ waiting }, false)],
      conditions: conditions('False', { reason: 'ContainersNotReady' }),
    })
  }

  const end = async (terminated) => {
    if (state === 'ended') return
    state = 'ended'
    clearTimeout(killTimer)
    const failed = reason !== undefined || terminated.exitCode !== 0
    await report({
      phase: failed ? 'Failed' : 'Succeeded',
      ...reason,
      containerStatuses: [containerStatus({ terminated: { startedAt, finishedAt: now(), ...terminated } }, false)],
      conditions: conditions('False', { reason: failed ? 'PodFailed' : 'PodCompleted' }),
    })
    if (deleting) await removeFromApi()
  }

  /** Until image and environment are there, or the pod is to go. */
  const start = async () => {
    state = 'starting'
    startedAt = now()
    for (let tries = 0; !deleting && state === 'starting'; tries += 1) {
      const refusal = refusalOfImage(container().image, tries)
      const environment = refusal === null ? await environmentOf(withAddress(), ask) : refusal
      if (deleting || state !== 'starting') return
      if (environment.reason === undefined) return run(environment.values)
      await wait(environment.reason, environment.message)
      await sleep(retryMs)
    }
  }

  const run = (env) => {
    const { command = [], args = [], workingDir } = container()
    const expanded = [...command, ...args].map((word) => expand(word, env))
    const output = openSync(log(), 'w')
    child = spawn(expanded[0], expanded.slice(1), {
      env,
      cwd: workingDir,
      stdio: ['ignore', output, output],
      detached: true,
    })
    closeSync(output)
    child.once('error', (error) => void end({ exitCode: 128, reason: 'StartError', message: notStarted(error) }))
    child.once('exit', (code, name) => {
      // What it left behind goes with it, as everything in a container does.
      signal('SIGKILL')
      const exitCode = code ?? 128 + constants.signals[name]
      void end({ exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' })
    })
    if (child.pid === undefined) return
    state = 'running'
    void report({
      phase: 'Running',
      startTime: startedAt,
      podIP,
      podIPs: [{ ip: podIP }],
      hostIP: '127.0.0.1',
      containerStatuses: [containerStatus({ running: { startedAt: now() } }, true)],
      conditions: [{ type: 'Initialized', status: 'True', lastTransitionTime: now() }, ...conditions('True')],
    })
    const { activeDeadlineSeconds } = pod.spec
    if (activeDeadlineSeconds !== undefined) setTimeout(overdue, activeDeadlineSeconds * 1000).unref()
  }

  const overdue = () => {
    if (state !== 'running' || deleting) return
    reason = { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' }
    askToEnd(pod.spec.terminationGracePeriodSeconds)
  }

  /** May be asked again for a shorter time. */
  const askToEnd = (graceSeconds) => {
    signal('SIGTERM')
    clearTimeout(killTimer)
    killTimer = setTimeout(() => signal('SIGKILL'), graceSeconds * 1000)
  }

  return {
    seen: (shown) => {
      const shorter = shown.metadata.deletionGracePeriodSeconds !== pod?.metadata.deletionGracePeriodSeconds
      pod = shown
      if (pod.metadata.deletionTimestamp !== undefined) {
        const first = !deleting
        deleting = true
        if (state === 'running') {
          if (first || shorter) askToEnd(pod.metadata.deletionGracePeriodSeconds)
        } else if (first) {
          // One that never started gets a final phase too.
          if (state === 'new' || state === 'starting') state = 'ended'
          if (pod.status.phase === 'Pending' || pod.status.phase === 'Running') void report({ phase: 'Failed' })
          void removeFromApi()
        }
      } else if (state === 'new') {
        if (pod.status.phase === 'Pending') void start()
        else if (pod.status.phase === 'Running') void forgotten()
        else state = 'ended'
      }
    },
    kill: () => {
      clearTimeout(killTimer)
      if (state === 'running') signal('SIGKILL')
      else state = 'ended'
    },
  }

  /** It ran under an earlier kubelet of this node, which is what a node that was started anew reports. */
  function forgotten() {
    startedAt = pod.status.startTime
    return end({ exitCode: 137, reason: 'ContainerStatusUnknown', message: 'The container could not be located' })
  }
}

function now() {
  return new Date().toISOString()
}

function notStarted(error) {
  return `failed to create task: exec: "${error.path ?? '?'}": ${error.code === 'ENOENT' ? 'no such file or directory' : error.message}`
}
