import { PortError } from '@ratchet/ports/port-error.ts'
import { z } from 'zod'

/** What the Kubernetes API refused, or that it cannot be asked. `status` is null where there was no answer. */
export class KubernetesFailure extends PortError {
  readonly status: number | null
  constructor(message: string, options: { retryable: boolean; status: number | null; cause?: unknown }) {
    super(message, options)
    this.status = options.status
  }
}

/** Whether what was asked for does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof KubernetesFailure && error.status === 404
}

/** `said` is the API's own message, which names what was asked for and who asked. */
export function failureOfStatus(status: number, said: string): KubernetesFailure {
  const failure = (message: string, retryable: boolean): KubernetesFailure =>
    new KubernetesFailure(message, { retryable, status })
  const words = said === '' ? `status ${status}` : said.slice(0, 1000)
  if (status === 401)
    return failure(
      'the Kubernetes API does not know us: renew the token or the certificate of the kubeconfig, and restart the worker unless it is in a tokenFile',
      false,
    )
  // A quota counts what is there now.
  if (status === 403 && /exceeded quota/.test(words)) return failure(`Kubernetes refuses it for now: ${words}`, true)
  if (status === 403)
    return failure(
      `Kubernetes does not allow it: ${words}; infra/kubernetes/role.yaml has the rules that it takes`,
      false,
    )
  if (status === 404) {
    const remedy = /^namespaces /.test(words) ? '; create it, or correct cluster.namespace' : ''
    return failure(`Kubernetes does not have it: ${words}${remedy}`, false)
  }
  if (status === 408 || status === 409 || status === 429 || status >= 500)
    return failure(`the Kubernetes API cannot do it now: ${words}`, true)
  return failure(`Kubernetes does not take it: ${words}`, false)
}

/** Of a refusal by an API server that has not read its accounts and roles yet. */
export function failureOfStart(server: string, status: number): KubernetesFailure {
  return new KubernetesFailure(`the Kubernetes API at ${server} is not ready`, { retryable: true, status })
}

/** Of a request that got no answer. */
export function failureOfConnection(server: string, error: unknown): KubernetesFailure {
  const code = codeOf(error)
  const options = { status: null, cause: error }
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|ERR_OSSL/.test(code))
    return new KubernetesFailure(
      `the certificates of ${server} do not fit (${code}): correct the kubeconfig's authority, client certificate or tls-server-name`,
      { ...options, retryable: false },
    )
  const why =
    code === 'TimeoutError' ? 'it gives no answer' : (Described.safeParse(error).data?.message ?? String(error))
  return new KubernetesFailure(`the Kubernetes API at ${server} cannot be reached: ${why}`, {
    ...options,
    retryable: true,
  })
}

/** Its own or that of what caused it; of a timeout the name. Asks for properties, since errors may come from another realm. */
function codeOf(error: unknown): string {
  const { name, code, cause } = Described.safeParse(error).data ?? {}
  if (typeof code === 'string') return code
  return cause === undefined ? (name ?? '') : codeOf(cause)
}

const Described = z.object({
  name: z.string().optional(),
  message: z.string().optional(),
  code: z.unknown().optional(),
  cause: z.unknown().optional(),
})
