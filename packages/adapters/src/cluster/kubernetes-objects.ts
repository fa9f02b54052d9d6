import { z } from 'zod'

/** Of what the Kubernetes API shows, what we read. */

const Condition = z.looseObject({
  type: z.string(),
  status: z.string(),
  reason: z.string().nullish(),
  message: z.string().nullish(),
  lastTransitionTime: z.string().nullish(),
})
export type KubernetesCondition = z.infer<typeof Condition>

const Metadata = z.looseObject({
  name: z.string(),
  uid: z.string(),
  creationTimestamp: z.string(),
  deletionTimestamp: z.string().nullish(),
  labels: z.record(z.string(), z.string()).nullish(),
  annotations: z.record(z.string(), z.string()).nullish(),
})

export const KubernetesJob = z.looseObject({
  metadata: Metadata,
  spec: z.looseObject({ suspend: z.boolean().nullish(), completions: z.number().int().nullish() }),
  status: z.looseObject({ conditions: z.array(Condition).nullish() }).nullish(),
})
export type KubernetesJob = z.infer<typeof KubernetesJob>

const ContainerState = z.looseObject({
  waiting: z.looseObject({ reason: z.string().nullish(), message: z.string().nullish() }).nullish(),
  running: z.looseObject({ startedAt: z.string().nullish() }).nullish(),
  terminated: z
    .looseObject({
      exitCode: z.number().int(),
      signal: z.number().int().nullish(),
      reason: z.string().nullish(),
      message: z.string().nullish(),
      finishedAt: z.string().nullish(),
    })
    .nullish(),
})

export const KubernetesPod = z.looseObject({
  metadata: Metadata,
  spec: z.looseObject({ nodeName: z.string().nullish() }),
  status: z.looseObject({
    phase: z.string().nullish(),
    reason: z.string().nullish(),
    message: z.string().nullish(),
    startTime: z.string().nullish(),
    conditions: z.array(Condition).nullish(),
    containerStatuses: z
      .array(z.looseObject({ name: z.string().nullish(), state: ContainerState.nullish() }))
      .nullish(),
  }),
})
export type KubernetesPod = z.infer<typeof KubernetesPod>
export const KubernetesPodList = z.looseObject({ items: z.array(KubernetesPod) })

/** Of the run's own container: a webhook may have put others beside it. */
export function containerStateOf({ status }: KubernetesPod): z.infer<typeof ContainerState> | null {
  const containers = status.containerStatuses ?? []
  const own = containers.find(({ name }) => name === 'trainer' || name === 'server') ?? containers[0]
  return own?.state ?? null
}

export const KubernetesEvent = z.looseObject({
  type: z.string().nullish(),
  reason: z.string().nullish(),
  message: z.string().nullish(),
  firstTimestamp: z.string().nullish(),
  lastTimestamp: z.string().nullish(),
  eventTime: z.string().nullish(),
  involvedObject: z.looseObject({ uid: z.string().nullish() }),
})
export type KubernetesEvent = z.infer<typeof KubernetesEvent>
export const KubernetesEventList = z.looseObject({ items: z.array(KubernetesEvent) })

/** How the API says no. */
export const KubernetesRefusal = z.looseObject({ message: z.string().nullish(), reason: z.string().nullish() })

/** The condition of this type, when it holds. */
export function conditionOf(
  conditions: readonly KubernetesCondition[] | null | undefined,
  type: string,
): KubernetesCondition | null {
  return conditions?.find((condition) => condition.type === type && condition.status === 'True') ?? null
}
