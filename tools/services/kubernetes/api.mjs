import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'

/** Where the API is and how to enter, from a kubeconfig as `kubernetes.mjs` writes it. */
export function readAccess(kubeconfig) {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, 'utf8'))
  const { server, 'certificate-authority-data': authority } = clusters[0].cluster
  return { server, authority: Buffer.from(authority, 'base64'), token: users[0].user.token }
}

/**
 * A function `(method, path, body, { type, onEvent })` that answers `{ status, body }`; it throws when there is no answer. With
 * `onEvent` the answer is a watch, each event of which it gets, until the server ends it.
 */
export function createApi({ server, authority, token }) {
  const agent = new Agent({ ca: authority, keepAlive: true })
  const { hostname, port } = new URL(server)
  return (method, path, body, { type = 'application/json', onEvent } = {}) =>
    new Promise((answer, fail) => {
      const text = body === undefined ? '' : JSON.stringify(body)
      const headers = {
        authorization: `Bearer ${token}`,
        ...(text === '' ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(text) }),
      }
      const asked = request({ hostname, port, path, method, agent, headers }, (response) => {
        let received = ''
        response.setEncoding('utf8')
        response.on('error', fail)
        response.on('data', (chunk) => {
          received += chunk
          if (onEvent === undefined || response.statusCode !== 200) return
          const lines = received.split('\n')
          received = lines.pop()
          for (const line of lines) onEvent(JSON.parse(line))
        })
        response.on('end', () => answer({ status: response.statusCode, body: parse(received) }))
      })
      // A watch may be silent; anything else that takes so long is lost.
      asked.setTimeout(onEvent === undefined ? 10_000 : 120_000, () => asked.destroy(new Error('no answer')))
      asked.on('error', fail)
      asked.end(text)
    })
}

function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
