/**
 * The environment of a pod's first container as `{ values }`, or `{ reason, message }` in the kubelet's words when something that it
 * refers to is not there.
 */
export async function environmentOf(pod, ask) {
  const { env = [], envFrom = [] } = pod.spec.containers[0]
  const values = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' }
  const secretOf = async (name) => {
    const { status, body } = await ask('GET', `/api/v1/namespaces/${pod.metadata.namespace}/secrets/${name}`)
    return status === 200 ? (body.data ?? {}) : null
  }
  const problem = (message) => ({ reason: 'CreateContainerConfigError', message })
  for (const { secretRef } of envFrom) {
    if (secretRef === undefined) continue
    const data = await secretOf(secretRef.name)
    if (data === null && secretRef.optional !== true) return problem(`secret "${secretRef.name}" not found`)
    for (const [name, value] of Object.entries(data ?? {})) values[name] = decoded(value)
  }
  for (const { name, value, valueFrom } of env) {
    const reference = valueFrom?.secretKeyRef
    if (reference !== undefined) {
      const data = await secretOf(reference.name)
      if (data === null) return problem(`secret "${reference.name}" not found`)
      if (data[reference.key] === undefined)
        return problem(`couldn't find key ${reference.key} in Secret ${pod.metadata.namespace}/${reference.name}`)
      values[name] = decoded(data[reference.key])
    } else if (valueFrom?.fieldRef !== undefined) values[name] = field(pod, valueFrom.fieldRef.fieldPath)
    else values[name] = expand(value ?? '', values)
  }
  return { values }
}

/** Replaces `$(NAME)` by what is known of that name; `$$` is a `$`. */
export function expand(text, values) {
  return text.replace(/\$(?:\$|\((\w+)\))/g, (all, name) => (name === undefined ? '$' : (values[name] ?? all)))
}

function decoded(value) {
  return Buffer.from(value, 'base64').toString('utf8')
}

/** As in `metadata.name` and `metadata.annotations['x']`. */
function field(pod, path) {
  const [, place, key] = /^(.*)\['(.*)'\]$/.exec(path) ?? [undefined, path]
  const found = place.split('.').reduce((at, name) => at?.[name], pod)
  return String((key === undefined ? found : found?.[key]) ?? '')
}
