import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { z } from 'zod'
import { createKubernetesClient, type KubernetesClient } from './kubernetes-client.ts'

let server: Server
let client: KubernetesClient
let asked: string[] = []
let answers: Record<string, number[]> = {}

/** Each path has its statuses in turn, the last one for ever. */
function handle(request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? ''
  asked.push(path)
  const statuses = answers[path] ?? [200]
  const status = statuses.length > 1 ? statuses.shift() : statuses[0]
  response.writeHead(status ?? 200).end(JSON.stringify({ message: `this is ${path}` }))
}

beforeEach(async () => {
  asked = []
  server = createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  client = createKubernetesClient({
    server: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    namespace: 'default',
    authority: undefined,
    certificate: undefined,
    key: undefined,
    serverName: undefined,
    verified: true,
    token: () => 'secret',
  })
})
afterEach(async () => {
  await client.close()
  await new Promise((resolve) => server.close(resolve))
})

test.each<[string, Record<string, number[]>, object]>([
  ['an API server that starts and knows no roles', { '/x': [403], '/readyz': [500] }, { retryable: true, status: 403 }],
  ['one that does not even know who may ask that', { '/x': [403], '/readyz': [403] }, { retryable: true, status: 403 }],
  ['one that starts and knows no accounts', { '/x': [401], '/readyz': [503] }, { retryable: true, status: 401 }],
  ['one that is ready and refuses us', { '/x': [403] }, { retryable: false, status: 403 }],
  ['one that is ready and does not know us', { '/x': [401] }, { retryable: false, status: 401 }],
  ['one that tells strangers nothing', { '/x': [401], '/readyz': [401] }, { retryable: false, status: 401 }],
])('%s', async (_, given, failure) => {
  answers = given
  await expect(client.text({ path: '/x' })).rejects.toMatchObject(failure)
})

test('what a starting API server refused is asked for again once it is ready', async () => {
  answers = { '/x': [403, 200], '/readyz': [200] }
  expect(await client.text({ path: '/x' })).toContain('this is /x')
  expect(asked).toEqual(['/x', '/readyz', '/x'])
})

test('an answer that is none of Kubernetes may be one later', async () => {
  answers = {}
  await expect(client.ask({ path: '/x' }, z.object({ items: z.array(z.string()) }))).rejects.toMatchObject({
    retryable: true,
    message: expect.stringContaining('/x answers oddly: items'),
  })
})
