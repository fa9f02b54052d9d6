import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { PortError } from '@ratchet/ports/port-error.ts'
import { parse } from 'yaml'
import { z } from 'zod'
import { errorCode } from '../embedded/error-code.ts'
import type { KubernetesAccessSettings } from './kubernetes-settings.ts'

/** Where the API is, whom it must be, and who we are. */
export type KubernetesAccess = {
  readonly server: string
  readonly namespace: string
  /** PEM. Undefined: the authorities that Node trusts. */
  readonly authority: string | undefined
  readonly certificate: string | undefined
  readonly key: string | undefined
  readonly serverName: string | undefined
  readonly verified: boolean
  /** Read anew for each request, since service accounts' tokens are replaced every hour. Undefined: the certificate says it. */
  token(): string | undefined
}

const Cluster = z.looseObject({
  server: z.string(),
  'certificate-authority': z.string().optional(),
  'certificate-authority-data': z.string().optional(),
  'insecure-skip-tls-verify': z.boolean().optional(),
  'tls-server-name': z.string().optional(),
  'proxy-url': z.string().optional(),
})

const User = z.looseObject({
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  'client-certificate': z.string().optional(),
  'client-certificate-data': z.string().optional(),
  'client-key': z.string().optional(),
  'client-key-data': z.string().optional(),
  exec: z.unknown().optional(),
  'auth-provider': z.unknown().optional(),
})

const Context = z.looseObject({ cluster: z.string(), user: z.string(), namespace: z.string().optional() })

const Kubeconfig = z.looseObject({
  clusters: z.array(z.looseObject({ name: z.string(), cluster: Cluster })).default([]),
  users: z.array(z.looseObject({ name: z.string(), user: User })).default([]),
  contexts: z.array(z.looseObject({ name: z.string(), context: Context })).default([]),
  'current-context': z.string().default(''),
})

/** Where Kubernetes puts the service account of a pod. */
const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount'

/** Throws PortError, for good, when a file is missing or says something that we cannot do. */
export function kubernetesAccess(
  settings: KubernetesAccessSettings,
  accountDirectory = serviceAccount,
): KubernetesAccess {
  return settings.kubeconfig === undefined
    ? ofServiceAccount(settings, accountDirectory)
    : ofKubeconfig(resolve(settings.kubeconfig), settings)
}

function ofServiceAccount({ env, namespace }: KubernetesAccessSettings, directory: string): KubernetesAccess {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? ''
  if (host === '' || !existsSync(`${directory}/token`))
    throw refused('there is no kubeconfig, and we run in no pod with a service account: name a kubeconfig')
  const authority = host.includes(':') ? `[${host}]` : host
  return {
    server: `https://${authority}:${env['KUBERNETES_SERVICE_PORT'] ?? '443'}`,
    namespace: namespace ?? read(`${directory}/namespace`).trim(),
    authority: read(`${directory}/ca.crt`),
    certificate: undefined,
    key: undefined,
    serverName: undefined,
    verified: true,
    token: () => read(`${directory}/token`).trim(),
  }
}

function ofKubeconfig(path: string, settings: KubernetesAccessSettings): KubernetesAccess {
  const config = Kubeconfig.safeParse(parsed(path))
  if (!config.success) throw refused(`${path} is no kubeconfig: ${config.error.issues[0]?.message ?? ''}`)
  const { clusters, users, contexts } = config.data
  const wanted = settings.context ?? config.data['current-context']
  const context = contexts.find(({ name }) => name === wanted)?.context
  if (context === undefined) throw refused(`${path} has no context ${JSON.stringify(wanted)}: name one that it has`)
  const cluster = clusters.find(({ name }) => name === context.cluster)?.cluster
  if (cluster === undefined) throw refused(`${path} has no cluster ${JSON.stringify(context.cluster)}`)
  const user = users.find(({ name }) => name === context.user)?.user
  if (user === undefined) throw refused(`${path} has no user ${JSON.stringify(context.user)}`)
  if (user.exec !== undefined || user['auth-provider'] !== undefined)
    throw refused(`the user ${context.user} of ${path} logs in by a plugin: use the token of a service account instead`)
  if (cluster['proxy-url'] !== undefined)
    throw refused(`the cluster ${context.cluster} of ${path} is behind a proxy-url, which is not supported`)
  const file = (name: string): string => read(resolve(dirname(path), name))
  const either = (data: string | undefined, name: string | undefined): string | undefined => {
    if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8')
    return name === undefined ? undefined : file(name)
  }
  const { token, tokenFile } = user
  return {
    server: cluster.server.replace(/\/+$/, ''),
    namespace: settings.namespace ?? context.namespace ?? 'default',
    authority: either(cluster['certificate-authority-data'], cluster['certificate-authority']),
    certificate: either(user['client-certificate-data'], user['client-certificate']),
    key: either(user['client-key-data'], user['client-key']),
    serverName: cluster['tls-server-name'],
    verified: cluster['insecure-skip-tls-verify'] !== true,
    token: () => token ?? (tokenFile === undefined ? undefined : file(tokenFile).trim()),
  }
}

function parsed(path: string): unknown {
  const text = read(path)
  try {
    return parse(text)
  } catch {
    // What it says of the place may hold a secret.
    throw refused(`${path} is no YAML`)
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = errorCode(error)
    const why = code === 'ENOENT' ? 'there is no such file' : (code ?? String(error))
    throw refused(`${path} cannot be read: ${why}; correct cluster.kubeconfig, or what is named in it`)
  }
}

function refused(message: string): PortError {
  return new PortError(message, { retryable: false })
}
