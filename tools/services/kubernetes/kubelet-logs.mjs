import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'

/** Where the output of a pod is kept. */
export function logFile(directory, namespace, pod) {
  return join(directory, `${namespace}_${pod}.log`)
}

/** Serves what the API server asks a node for a pod's log, whole or its `tailLines`; answers the port. */
export function serveLogs({ certificate, key, directory }) {
  const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'https://kubelet')
    const [, what, namespace, pod] = pathname.split('/')
    try {
      if (what !== 'containerLogs') throw new Error(what)
      response.end(tail(readFileSync(logFile(directory, namespace, pod), 'utf8'), searchParams.get('tailLines')))
    } catch {
      response.writeHead(404).end(`there is no log of ${pod}`)
    }
  })
  return new Promise((listening) => {
    server.listen(0, '127.0.0.1', () => listening(server.address().port))
  })
}

function tail(text, count) {
  if (count === null) return text
  const lines = text.split(/(?<=\n)/)
  return Number(count) === 0 ? '' : lines.slice(-Number(count)).join('')
}
