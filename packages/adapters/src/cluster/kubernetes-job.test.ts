import { describe, expect, test } from '@jest/globals'
import { kubernetesJob, kubernetesJobName } from './kubernetes-job.ts'
import type { Run } from './scheduler.ts'

const run: Run = {
  name: 'round-7-1',
  directory: '/runs/round-7/attempt-1',
  command: ['python', 'train.py', '/runs/round-7/attempt-1'],
  timeLimitMinutes: 90,
  nodes: 1,
  graceSeconds: 30,
}
const named = (name: string) => kubernetesJobName({ name, directory: '/' })

describe('the name of a Job', () => {
  test("is the run's where Kubernetes takes it", () => {
    expect(named('round-7-1')).toBe('round-7-1')
  })

  test('is made from it otherwise, the same each time and another for each run', () => {
    const names = ['Round-7-1', 'round-7-1-', '7-1', 'x'.repeat(60), `${'x'.repeat(60)}y`, '---'].map(named)
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9-]{0,50}[a-z0-9]$/)
    expect(new Set(names).size).toBe(names.length)
    expect(named('Round-7-1')).toBe(names[0])
  })
})

describe('the Job of a run', () => {
  test('with what is needed at least restarts nothing and ends at the limit', () => {
    expect(kubernetesJob(run, { image: 'trainer:1' })).toEqual({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name: 'round-7-1',
        labels: {
          'ratchet.dev/run': 'round-7-1',
          'app.kubernetes.io/name': 'trainer',
          'app.kubernetes.io/managed-by': 'ratchet',
        },
        annotations: { 'ratchet.dev/directory': '/runs/round-7/attempt-1' },
      },
      spec: {
        backoffLimit: 0,
        podReplacementPolicy: 'Failed',
        podFailurePolicy: {
          rules: [{ action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
        },
        ttlSecondsAfterFinished: 86_400,
        template: {
          metadata: { labels: expect.objectContaining({ 'ratchet.dev/run': 'round-7-1' }) },
          spec: {
            restartPolicy: 'Never',
            activeDeadlineSeconds: 5400,
            terminationGracePeriodSeconds: 30,
            automountServiceAccountToken: false,
            tolerations: [
              { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 },
              { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 },
            ],
            securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
            containers: [
              {
                name: 'trainer',
                image: 'trainer:1',
                command: ['python', 'train.py', '/runs/round-7/attempt-1'],
                resources: { requests: {}, limits: {} },
                securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
              },
            ],
          },
        },
      },
    })
  })

  test('says what its pod needs', () => {
    const job = kubernetesJob(run, {
      image: 'trainer:1',
      imagePullSecrets: ['registry'],
      gpus: 8,
      cpus: 32,
      memory: '512Gi',
      sharedMemory: '64Gi',
      nodeSelector: { gpu: 'h100' },
      tolerations: [{ key: 'gpu', operator: 'Exists' }],
      priorityClassName: 'training',
      serviceAccountName: 'trainer',
      runAsUser: 1000,
      runAsGroup: 2000,
      volumes: [
        { claim: 'runs', mountPath: '/runs' },
        { claim: 'models', mountPath: '/models', subPath: 'qwen', readOnly: true },
      ],
      environment: { NCCL_DEBUG: 'INFO' },
      environmentFromSecrets: { HF_TOKEN: { secret: 'hugging-face', key: 'token' } },
      queueName: 'team',
      labels: { team: 'reasoning' },
      keepSeconds: 60,
      nodeLossSeconds: 5,
    })
    expect(job).toMatchObject({
      metadata: { labels: { team: 'reasoning', 'kueue.x-k8s.io/queue-name': 'team' } },
      spec: {
        ttlSecondsAfterFinished: 60,
        template: {
          metadata: { labels: { team: 'reasoning' } },
          spec: {
            imagePullSecrets: [{ name: 'registry' }],
            nodeSelector: { gpu: 'h100' },
            priorityClassName: 'training',
            serviceAccountName: 'trainer',
            tolerations: [
              { key: 'gpu', operator: 'Exists' },
              { key: 'node.kubernetes.io/not-ready', tolerationSeconds: 5 },
              { key: 'node.kubernetes.io/unreachable', tolerationSeconds: 5 },
            ],
            securityContext: { runAsUser: 1000, runAsGroup: 2000, fsGroup: 2000, runAsNonRoot: true },
            volumes: [
              { name: 'volume-0', persistentVolumeClaim: { claimName: 'runs' } },
              { name: 'volume-1', persistentVolumeClaim: { claimName: 'models' } },
              { name: 'shared-memory', emptyDir: { medium: 'Memory', sizeLimit: '64Gi' } },
            ],
            containers: [
              {
                env: [
                  { name: 'NCCL_DEBUG', value: 'INFO' },
                  { name: 'HF_TOKEN', valueFrom: { secretKeyRef: { name: 'hugging-face', key: 'token' } } },
                ],
                resources: {
                  requests: { cpu: 32, memory: '512Gi' },
                  limits: { memory: '512Gi', 'nvidia.com/gpu': 8 },
                },
                volumeMounts: [
                  { name: 'volume-0', mountPath: '/runs' },
                  { name: 'volume-1', mountPath: '/models', subPath: 'qwen', readOnly: true },
                  { name: 'shared-memory', mountPath: '/dev/shm' },
                ],
              },
            ],
          },
        },
      },
    })
  })

  test('with several GPUs has room in /dev/shm for their processes', () => {
    const memory = (gpus: number) => JSON.stringify(kubernetesJob(run, { image: 'x', gpus }))
    expect(memory(2)).toContain('{"name":"shared-memory","emptyDir":{"medium":"Memory","sizeLimit":"8Gi"}}')
    expect(memory(1)).not.toContain('shared-memory')
  })

  test('names GPUs as the cluster does', () => {
    const job = kubernetesJob(run, { image: 'x', gpus: 1, gpuResource: 'amd.com/gpu' })
    expect(JSON.stringify(job)).toContain('"limits":{"amd.com/gpu":1}')
  })

  test('keeps in the command what Kubernetes would replace', () => {
    const command = ['sh', '-c', 'echo $(HOME) $$']
    expect(JSON.stringify(kubernetesJob({ ...run, command }, { image: 'x' }))).toContain('echo $$(HOME) $$$$')
  })

  test('has a limit of a second at least', () => {
    expect(JSON.stringify(kubernetesJob({ ...run, timeLimitMinutes: 0.001 }, { image: 'x' }))).toContain(
      '"activeDeadlineSeconds":1,',
    )
  })

  test('of several pods is all of them or none, each with its number and address', () => {
    const job = kubernetesJob({ ...run, nodes: 4, command: ['train', '$RATCHET_NODE_RANK'] }, { image: 'x' })
    expect(job).toMatchObject({
      spec: {
        completionMode: 'Indexed',
        completions: 4,
        parallelism: 4,
        backoffLimit: 0,
        successPolicy: { rules: [{ succeededIndexes: '0' }] },
        template: {
          spec: {
            containers: [
              {
                command: [
                  '/bin/sh',
                  '-c',
                  expect.stringMatching(/-lt 4 \][\s\S]*exec train "\$\$RATCHET_NODE_RANK"\n$/),
                ],
                env: [{ name: 'RATCHET_POD_ADDRESS', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
              },
            ],
          },
        },
      },
    })
  })
})
