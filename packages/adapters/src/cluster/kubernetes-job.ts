import { createHash } from 'node:crypto'
import { gatheringCommand, podAddressVariable } from './kubernetes-gathering.ts'
import type { KubernetesPodSettings } from './kubernetes-settings.ts'
import type { Run, RunName, RunRole } from './scheduler.ts'

/** By this label Job and pods of a run are found, and a Job is known as ours. */
export const runLabel = 'ratchet.dev/run'
/** The run's directory, so that a Job of another installation in the same namespace is not taken for ours. */
export const directoryAnnotation = 'ratchet.dev/directory'
/** We asked the run to end. */
export const stoppedAnnotation = 'ratchet.dev/stopped'

/** Kubernetes makes names of pods from it, which may have 63 characters. */
const longestName = 52

/** The name of the run's Job: the run's own, or one made from it where Kubernetes does not allow that. */
export function kubernetesJobName({ name }: RunName): string {
  if (name.length <= longestName && /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(name)) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 10)
  const readable = name.toLowerCase().slice(0, longestName - hash.length - 3)
  return `r-${readable.replace(/^-+|-+$/g, '')}-${hash}`
}

/**
 * The Job of a run. Kubernetes restarts nothing: neither container nor pod, and a pod that the cluster takes away fails the Job, by
 * a rule that tells this from the trainer's own failures. The time limit is the pod's, since a Job's counts while it waits too.
 * Of several pods any that fails ends all; pod 0 alone writes the outcome, so that its success is the Job's.
 */
export function kubernetesJob(run: Run, settings: KubernetesPodSettings): object {
  const name = kubernetesJobName(run)
  const own = { [runLabel]: name, 'app.kubernetes.io/name': roleOf(run), 'app.kubernetes.io/managed-by': 'ratchet' }
  const labels = { ...settings.labels, ...own }
  const queue = settings.queueName === undefined ? {} : { 'kueue.x-k8s.io/queue-name': settings.queueName }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, labels: { ...labels, ...queue }, annotations: { [directoryAnnotation]: run.directory } },
    spec: {
      ...togetherOf(run),
      backoffLimit: 0,
      podReplacementPolicy: 'Failed',
      podFailurePolicy: {
        rules: [{ action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
      },
      ttlSecondsAfterFinished: settings.keepSeconds ?? 86_400,
      template: { metadata: { labels }, spec: podSpec(run, settings) },
    },
  }
}

function roleOf({ role = 'trainer' }: Run): RunRole {
  return role
}

function togetherOf({ nodes }: Run): object {
  if (nodes === 1) return {}
  const successPolicy = { rules: [{ succeededIndexes: '0' }] }
  return { completionMode: 'Indexed', completions: nodes, parallelism: nodes, successPolicy }
}

function podSpec(run: Run, settings: KubernetesPodSettings): object {
  const volumes = volumesOf(settings)
  return {
    restartPolicy: 'Never',
    activeDeadlineSeconds: Math.max(1, Math.ceil(run.timeLimitMinutes * 60)),
    terminationGracePeriodSeconds: run.graceSeconds,
    // It has no business with the API.
    automountServiceAccountToken: false,
    ...optional({
      serviceAccountName: settings.serviceAccountName,
      priorityClassName: settings.priorityClassName,
      nodeSelector: settings.nodeSelector,
      imagePullSecrets: settings.imagePullSecrets?.map((name) => ({ name })),
    }),
    tolerations: [...(settings.tolerations ?? []), ...lossOfNode(settings.nodeLossSeconds ?? 60)],
    ...securityOf(settings),
    ...(volumes.length === 0 ? {} : { volumes: volumes.map(({ volume }) => volume) }),
    containers: [containerOf(run, settings)],
  }
}

function containerOf(run: Run, settings: KubernetesPodSettings): object {
  const volumes = volumesOf(settings)
  const reserved = optional({ cpu: settings.cpus, memory: settings.memory })
  const gpus = settings.gpus ?? 0
  const limits = {
    ...optional({ memory: settings.memory }),
    ...(gpus === 0 ? {} : { [settings.gpuResource ?? 'nvidia.com/gpu']: gpus }),
  }
  const several = run.nodes > 1
  const command = several ? gatheringCommand(run, settings.gatherSeconds ?? 900) : run.command
  const env = [
    ...(several ? [ofPodAddress(podAddressVariable)] : []),
    ...(run.role === 'server' ? [ofPodAddress('RATCHET_MAIN_ADDRESS')] : []),
    ...Object.entries(settings.environment ?? {}).map(([name, value]) => ({ name, value: verbatim(value) })),
    ...Object.entries(settings.environmentFromSecrets ?? {}).map(([name, { secret, key }]) => ({
      name,
      valueFrom: { secretKeyRef: { name: secret, key } },
    })),
  ]
  return {
    name: roleOf(run),
    image: settings.image,
    command: command.map(verbatim),
    ...(env.length === 0 ? {} : { env }),
    resources: { requests: reserved, limits },
    // What a namespace under the restricted Pod Security Standard asks for; it takes nothing from a trainer.
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    ...(volumes.length === 0 ? {} : { volumeMounts: volumes.map(({ mount }) => mount) }),
  }
}

function ofPodAddress(name: string): object {
  return { name, valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }
}

/** Kubernetes would replace `$(NAME)`, and takes `$$` for `$`. */
function verbatim(text: string): string {
  return text.replaceAll('$', () => '$$')
}

function securityOf({ runAsUser, runAsGroup }: KubernetesPodSettings): object {
  const user = optional({ runAsUser, runAsGroup, fsGroup: runAsGroup })
  const nobodyIsRoot = runAsUser === undefined || runAsUser === 0 ? {} : { runAsNonRoot: true }
  return { securityContext: { ...user, ...nobodyIsRoot, seccompProfile: { type: 'RuntimeDefault' } } }
}

/** Instead of the 300 s that Kubernetes adds by itself: by then the trainer's silence would count as its own fault. */
function lossOfNode(tolerationSeconds: number): object[] {
  return ['not-ready', 'unreachable'].map((what) => ({
    key: `node.kubernetes.io/${what}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds,
  }))
}

function volumesOf(settings: KubernetesPodSettings): { readonly volume: object; readonly mount: object }[] {
  const claims = (settings.volumes ?? []).map(({ claim, mountPath, subPath, readOnly }, index) => ({
    volume: { name: `volume-${index}`, persistentVolumeClaim: { claimName: claim } },
    mount: { name: `volume-${index}`, mountPath, ...optional({ subPath, readOnly }) },
  }))
  // Processes of several GPUs talk through it, and the 64 MiB of a container are too few for NCCL.
  const sharedMemory = settings.sharedMemory ?? ((settings.gpus ?? 0) > 1 ? '8Gi' : undefined)
  if (sharedMemory === undefined) return claims
  const emptyDir = { medium: 'Memory', sizeLimit: sharedMemory }
  const memory = {
    volume: { name: 'shared-memory', emptyDir },
    mount: { name: 'shared-memory', mountPath: '/dev/shm' },
  }
  return [...claims, memory]
}

function optional(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}
