/** Where runs go on a Kubernetes, and what their pods are like. */
export type KubernetesSettings = KubernetesAccessSettings & KubernetesPodSettings

export type KubernetesAccessSettings = {
  /** Path of a kubeconfig, YAML or JSON. Default: the service account of the pod that we run in. */
  readonly kubeconfig?: string | undefined
  /** Default: the kubeconfig's current one. */
  readonly context?: string | undefined
  /** Default: the context's or the service account's, else `default`. */
  readonly namespace?: string | undefined
  /** Read for KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT, where there is no kubeconfig. */
  readonly env: Readonly<Record<string, string | undefined>>
}

export type KubernetesPodSettings = {
  /** An image in which the trainer's command can be run. */
  readonly image: string
  /** Names of secrets with the registry's credentials. */
  readonly imagePullSecrets?: readonly string[] | undefined
  /** Default 0. */
  readonly gpus?: number | undefined
  /** What the cluster calls its GPUs. Default `nvidia.com/gpu`. */
  readonly gpuResource?: string | undefined
  /** Cores that are reserved; more may be used where the node has them. */
  readonly cpus?: number | undefined
  /** Reserved, and the limit at which the trainer is killed, as in `64Gi`. */
  readonly memory?: string | undefined
  /** The size of `/dev/shm`, as in `8Gi`; it counts as memory. Default: 8Gi for several GPUs, else what the cluster gives, 64 MiB most often. */
  readonly sharedMemory?: string | undefined
  readonly nodeSelector?: Readonly<Record<string, string>> | undefined
  readonly tolerations?: readonly KubernetesToleration[] | undefined
  /** What decides who displaces whom. */
  readonly priorityClassName?: string | undefined
  readonly serviceAccountName?: string | undefined
  /** The numeric user and group of the trainer, which must be able to write to the runs. Default: the image's. */
  readonly runAsUser?: number | undefined
  readonly runAsGroup?: number | undefined
  /** Claims and where they are mounted. The runs directory must be in one of them, under the path that it has for us. */
  readonly volumes?: readonly KubernetesVolume[] | undefined
  /** For the trainer; no secrets. */
  readonly environment?: Readonly<Record<string, string>> | undefined
  /** Variables whose values are keys of secrets of the namespace. */
  readonly environmentFromSecrets?: Readonly<Record<string, KubernetesSecretKey>> | undefined
  /** The local queue of Kueue through which the runs go. */
  readonly queueName?: string | undefined
  /** Further labels of Jobs and pods. */
  readonly labels?: Readonly<Record<string, string>> | undefined
  /** How long an ended Job and its log are kept. Default a day. */
  readonly keepSeconds?: number | undefined
  /** How long the first of several pods waits for the last before all give their places back. Default 900. */
  readonly gatherSeconds?: number | undefined
  /** How long a node may be out of reach before the run goes on elsewhere, after Kubernetes noticed. Default 60. */
  readonly nodeLossSeconds?: number | undefined
}

export type KubernetesToleration = {
  readonly key?: string | undefined
  readonly operator?: 'Exists' | 'Equal' | undefined
  readonly value?: string | undefined
  readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute' | undefined
  readonly tolerationSeconds?: number | undefined
}

export type KubernetesVolume = {
  /** Name of a PersistentVolumeClaim of the namespace. */
  readonly claim: string
  readonly mountPath: string
  readonly subPath?: string | undefined
  readonly readOnly?: boolean | undefined
}

export type KubernetesSecretKey = { readonly secret: string; readonly key: string }
