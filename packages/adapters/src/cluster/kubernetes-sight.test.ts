import { describe, expect, test } from '@jest/globals'
import { directoryAnnotation, runLabel, stoppedAnnotation } from './kubernetes-job.ts'
import { KubernetesEvent, KubernetesJob, KubernetesPod } from './kubernetes-objects.ts'
import {
  isJobOf,
  isPreemptedBySuspension,
  type KubernetesFacts,
  kubernetesSight,
  startsNoPod,
} from './kubernetes-sight.ts'
import type { Sight } from './scheduler.ts'

/** The remedy where an image cannot be had. */
const noImage = '; correct cluster.image, or cluster.imagePullSecrets where its registry wants credentials'

const begun = '2026-01-01T10:00:00Z'
const now = new Date('2026-01-01T10:00:30Z')
const later = new Date('2026-01-01T10:02:00Z')

const holds = (type: string, reason = '', message = '') => ({ type, status: 'True', reason, message })
const job = (
  conditions: object[] = [],
  { suspend = false, labels = {}, annotations = {} }: { suspend?: boolean; labels?: object; annotations?: object } = {},
) =>
  KubernetesJob.parse({
    metadata: { name: 'a-1', uid: 'job', creationTimestamp: begun, labels, annotations },
    spec: { suspend },
    status: { conditions },
  })
const pod = (phase: string, status: object = {}, metadata: object = {}, nodeName = 'gpu-0') =>
  KubernetesPod.parse({
    metadata: { name: 'a-1-x', uid: 'pod', creationTimestamp: begun, ...metadata },
    spec: { nodeName },
    status: { phase, startTime: begun, ...status },
  })
const container = (state: object) => ({ containerStatuses: [{ state }] })
const terminated = (exitCode: number, reason: string, message = '') =>
  container({ terminated: { exitCode, reason, message } })
const held = (reason: string, message = '') => pod('Pending', container({ waiting: { reason, message } }))
const event = (reason: string, message: string, uid = 'job', at = begun) =>
  KubernetesEvent.parse({
    type: 'Warning',
    reason,
    message,
    firstTimestamp: at,
    lastTimestamp: at,
    involvedObject: { uid },
  })
const running = pod('Running', container({ running: { startedAt: '2026-01-01T10:00:05Z' } }))
const disrupted = (reason: string, more: object = {}) => ({
  conditions: [holds('DisruptionTarget', reason, 'because')],
  ...more,
})
const unscheduled = { conditions: [{ type: 'PodScheduled', status: 'False', message: '0/2 nodes are available' }] }
const deleted = { deletionTimestamp: '2026-01-01T10:00:20Z' }

const waiting = (reason: string, hopeless = false): Sight => ({
  state: 'waiting',
  reason,
  queuePosition: null,
  hopeless,
})
const ended = (cause: Extract<Sight, { state: 'ended' }>['cause'], detail = ''): Sight => ({
  state: 'ended',
  cause,
  detail,
})
const isRunning: Sight = { state: 'running', since: new Date('2026-01-01T10:00:05Z') }

const stopped = { annotations: { [stoppedAnnotation]: begun } }
const policy = holds('Failed', 'PodFailurePolicy', 'Pod a-1-x has condition DisruptionTarget')
const backoff = holds('Failed', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit')

type Case = readonly [title: string, facts: Partial<KubernetesFacts>, sight: Sight]
const table: readonly Case[] = [
  ['no Job', { job: null }, { state: 'absent' }],

  ['a Job that was just made', {}, waiting('the Job has no pod yet')],
  [
    'a Job whose pod is refused by a quota, for as long as it takes',
    { events: [event('FailedCreate', 'forbidden: exceeded quota')], now: later },
    waiting(
      'FailedCreate: forbidden: exceeded quota; it starts when the quota has room: ask for less, or have the quota raised',
    ),
  ],
  [
    'a Job whose pod was just refused by a rule',
    { events: [event('FailedCreate', 'forbidden: violates PodSecurity')] },
    waiting('FailedCreate: forbidden: violates PodSecurity'),
  ],
  [
    'a Job whose pod is refused by a rule for a minute',
    { events: [event('FailedCreate', 'forbidden: violates PodSecurity')], now: later },
    waiting('FailedCreate: forbidden: violates PodSecurity', true),
  ],
  [
    'a Job that waited for long, and whose pod was just refused by a rule',
    { events: [event('FailedCreate', 'forbidden: violates PodSecurity', 'job', '2026-01-01T10:01:50Z')], now: later },
    waiting('FailedCreate: forbidden: violates PodSecurity'),
  ],
  [
    'a Job whose pod cannot be judged for a minute',
    { events: [event('FailedCreate', 'failed calling webhook: connection refused')], now: later },
    waiting('FailedCreate: failed calling webhook: connection refused'),
  ],
  ['a suspended Job', { job: job([], { suspend: true }) }, waiting('the Job is suspended')],
  [
    "a Job in a queue of Kueue's",
    { job: job([], { suspend: true, labels: { 'kueue.x-k8s.io/queue-name': 'team' } }) },
    waiting('the Job waits in the queue team'),
  ],
  [
    'a pod that no node has room for',
    { pods: [pod('Pending', unscheduled, {}, '')], now: later },
    waiting('0/2 nodes are available'),
  ],
  [
    'a container that a webhook put beside the trainer runs, and the trainer is being created',
    {
      pods: [
        pod('Running', {
          containerStatuses: [
            { name: 'proxy', state: { running: { startedAt: begun } } },
            { name: 'trainer', state: { waiting: { reason: 'ContainerCreating' } } },
          ],
        }),
      ],
    },
    waiting('the container is being created'),
  ],
  [
    'a container that is being created',
    { pods: [held('ContainerCreating')], now: later },
    waiting('the container is being created'),
  ],
  [
    'a container that waits for its volume, in the words of the newest warning of its pod',
    {
      pods: [held('ContainerCreating')],
      events: [
        event('FailedMount', 'newer', 'pod', '2026-01-01T10:00:09Z'),
        event('FailedMount', 'older', 'pod'),
        event('Other', 'of another', 'job', '2026-01-01T10:00:19Z'),
      ],
    },
    waiting('FailedMount: newer'),
  ],
  [
    'an image that is not had at once',
    { pods: [held('ErrImagePull', 'no such host')] },
    waiting(`ErrImagePull: no such host${noImage}`),
  ],
  [
    'an image that was pulled for long, and then not had',
    {
      pods: [held('ErrImagePull', 'connection reset')],
      events: [event('Failed', 'Failed to pull image', 'pod', '2026-01-01T10:01:50Z')],
      now: later,
    },
    waiting(`ErrImagePull: connection reset${noImage}`),
  ],
  [
    'an image that is not had within a minute',
    { pods: [held('ImagePullBackOff', 'Back-off')], now: later },
    waiting(`ImagePullBackOff: Back-off${noImage}`, true),
  ],
  [
    'an image with an impossible name',
    { pods: [held('InvalidImageName', 'what')] },
    waiting(`InvalidImageName: what${noImage}`, true),
  ],
  [
    'a secret that is not there within a minute',
    { pods: [held('CreateContainerConfigError', 'secret "x" not found')], now: later },
    waiting(
      'CreateContainerConfigError: secret "x" not found; create it in the namespace, or correct cluster.secrets',
      true,
    ),
  ],

  ['a running trainer', { pods: [running] }, isRunning],
  [
    'a running trainer that is being preempted',
    { pods: [pod('Running', { ...running.status, ...disrupted('PreemptionByScheduler') }, deleted)] },
    isRunning,
  ],
  ['a trainer that ends because it was stopped', { job: job([], stopped), pods: [running] }, isRunning],

  ['a stopped Job', { job: job([holds('Failed', 'DeadlineExceeded')], stopped) }, ended('stopped')],
  ['a Job that was stopped in its queue', { job: job([], { ...stopped, suspend: true }) }, ended('stopped')],
  ['a trainer that ended well', { pods: [pod('Succeeded', terminated(0, 'Completed'))] }, ended('exited')],
  ['a complete Job whose pod is gone', { job: job([holds('Complete')]) }, ended('exited')],
  [
    'a trainer that failed',
    { job: job([backoff]), pods: [pod('Failed', terminated(3, 'Error'))] },
    ended('exited', 'exit code 3'),
  ],
  [
    'a trainer whose pod does not say yet that it failed',
    { pods: [pod('Running', terminated(3, 'Error'))] },
    ended('exited', 'exit code 3'),
  ],
  ['a trainer that was killed', { pods: [pod('Failed', terminated(137, 'Error'))] }, ended('exited', 'signal 9')],
  [
    'a trainer that wanted too much memory',
    { pods: [pod('Failed', terminated(137, 'OOMKilled'))] },
    ended('exited', 'it was killed for using more memory than it may: raise cluster.memoryPerNodeGb'),
  ],
  [
    'a command that is not there',
    { pods: [pod('Failed', terminated(128, 'StartError', 'no such file'))] },
    ended('impossible', 'no such file'),
  ],
  [
    'a failed Job whose pod is gone',
    { job: job([backoff]) },
    ended('exited', 'BackoffLimitExceeded: Job has reached the specified backoff limit'),
  ],
  [
    'a trainer over its limit',
    { pods: [pod('Failed', { reason: 'DeadlineExceeded', ...terminated(137, 'Error') })] },
    ended('time-limit'),
  ],
  ["a Job with somebody's own limit", { job: job([holds('Failed', 'DeadlineExceeded')]) }, ended('time-limit')],
  [
    'a pod that made room for another',
    { job: job([policy]), pods: [pod('Failed', disrupted('PreemptionByScheduler', terminated(85, 'Error')))] },
    ended('preempted', 'because'),
  ],
  ['a pod that was drained and is gone', { job: job([policy]) }, ended('preempted', policy.message)],
  [
    'a pod whose node is gone',
    { job: job([policy]), pods: [pod('Failed', disrupted('DeletionByPodGC'))] },
    ended('node-lost', 'because'),
  ],
  [
    'a pod whose node should have ended it, in the time that this takes',
    { pods: [pod('Running', { ...running.status, ...disrupted('DeletionByTaintManager') }, deleted)] },
    isRunning,
  ],
  [
    'a pod whose node should have ended it long ago',
    { pods: [pod('Running', { ...running.status, ...disrupted('DeletionByTaintManager') }, deleted)], now: later },
    ended('node-lost', 'because'),
  ],
  [
    'a pod that somebody deleted on a node that does not answer',
    { pods: [pod('Running', running.status, deleted)], now: later },
    ended('node-lost', 'its node does not end it'),
  ],
  [
    'a pod whose node was started anew',
    { pods: [pod('Failed', terminated(137, 'ContainerStatusUnknown', 'could not be located'))] },
    ended('node-lost', 'could not be located'),
  ],
  [
    'a pod that was evicted for what it uses, which counts',
    { pods: [pod('Failed', { reason: 'Evicted', message: 'low on memory', ...disrupted('TerminationByKubelet') })] },
    ended('exited', 'its node evicted it: low on memory'),
  ],
  [
    'a pod that its node did not take',
    { pods: [pod('Failed', { reason: 'OutOfcpu', message: 'no room' })] },
    ended('exited', 'OutOfcpu: no room'),
  ],
  [
    'a Job that was suspended after its trainer had begun',
    { job: job([], { suspend: true }), hasRun: true },
    ended('preempted', 'the Job was suspended'),
  ],
  ['a Job that is being suspended', { job: job([], { suspend: true }), hasRun: true, pods: [running] }, isRunning],
]

const pair = KubernetesJob.parse({
  metadata: { name: 'a-1', uid: 'job', creationTimestamp: begun },
  spec: { completions: 2 },
  status: {},
})
const numbered = (index: number, phase: string, status: object) =>
  pod(phase, status, { annotations: { 'batch.kubernetes.io/job-completion-index': String(index) } })
const runs = (index: number, second = 5) =>
  numbered(index, 'Running', container({ running: { startedAt: `2026-01-01T10:00:0${second}Z` } }))
const failed = (index: number, exitCode: number, second: number) =>
  numbered(index, 'Failed', container({ terminated: { exitCode, finishedAt: `2026-01-01T10:00:1${second}Z` } }))

test.each<readonly [title: string, pods: readonly KubernetesPod[], sight: Sight]>([
  [
    'one of two pods that has no room makes the run wait, and is told',
    [runs(0), numbered(1, 'Pending', unscheduled)],
    waiting('1 of 2 pods run; one that does not: 0/2 nodes are available'),
  ],
  [
    'a pod that is not made yet is told',
    [runs(0)],
    waiting('1 of 2 pods run; one that does not: the Job has not made them yet'),
  ],
  ['the run runs since the last of its pods does', [runs(0, 3), runs(1, 5)], isRunning],
  ['the run runs until its last pod has ended', [runs(0), failed(1, 3, 0)], isRunning],
  ['the first pod that failed is told', [failed(0, 1, 5), failed(1, 3, 2)], ended('exited', 'pod 1: exit code 3')],
  [
    'a pod that was taken away is told before those that failed for it',
    [failed(0, 1, 2), numbered(1, 'Failed', disrupted('PreemptionByScheduler', terminated(85, 'Error')))],
    ended('preempted', 'pod 1: because'),
  ],
  [
    'pods whose others did not come give back their places',
    [failed(0, 75, 2)],
    ended('no-room', 'pod 0: not all of its pods came to run in time'),
  ],
])('of several pods: %s', (_, pods, sight) => {
  expect(kubernetesSight(facts({ job: pair, pods }))).toEqual(sight)
})

const facts = (some: Partial<KubernetesFacts>): KubernetesFacts => ({
  job: job(),
  pods: [],
  events: [],
  hasRun: false,
  now,
  ...some,
})

test.each(table)('%s', (_, some, sight) => {
  expect(kubernetesSight(facts(some))).toEqual(sight)
})

describe('a Job', () => {
  test("is the run's when name and directory are its", () => {
    const ours = job([], { labels: { [runLabel]: 'a-1' }, annotations: { [directoryAnnotation]: '/runs/a/attempt-1' } })
    expect(isJobOf(ours, 'a-1', '/runs/a/attempt-1')).toBe(true)
    expect(isJobOf(ours, 'a-1', '/other/a/attempt-1')).toBe(false)
    expect(isJobOf(job(), 'a-1', '/runs/a/attempt-1')).toBe(false)
  })

  test('starts no pod once it ends or is suspended', () => {
    expect(startsNoPod(job())).toBe(false)
    expect(startsNoPod(job([], { suspend: true }))).toBe(true)
    expect(startsNoPod(job([holds('FailureTarget')]))).toBe(true)
  })

  test('that we stopped ourselves was not preempted by its suspension', () => {
    const suspended = { hasRun: true, job: job([], { suspend: true }) }
    expect(isPreemptedBySuspension(facts(suspended))).toBe(true)
    expect(isPreemptedBySuspension(facts({ ...suspended, job: job([], { ...stopped, suspend: true }) }))).toBe(false)
    expect(isPreemptedBySuspension(facts({ ...suspended, pods: [running] }))).toBe(false)
  })
})
