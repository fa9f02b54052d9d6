import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { createSystemClock } from '../clock/system-clock.ts'
import { createKubernetesScheduler } from './kubernetes.ts'
import type { Scheduler } from './scheduler.ts'

let directory: string
let server: Server
let scheduler: Scheduler
let asked: string[] = []
let answer = { status: 201, message: '' }

beforeEach(async () => {
  asked = []
  directory = mkdtempSync(join(tmpdir(), 'ratchet-kubernetes-check-'))
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.writeHead(answer.status).end(JSON.stringify({ message: answer.message }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const kubeconfig = join(directory, 'kubeconfig')
  const config = {
    clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'team' } }],
    'current-context': 'x',
  }
  writeFileSync(kubeconfig, JSON.stringify(config))
  scheduler = createKubernetesScheduler({ kubeconfig, image: 'trainer', env: {}, clock: createSystemClock() })
})
afterEach(async () => {
  await scheduler.close()
  await new Promise((resolve) => server.close(resolve))
  rmSync(directory, { recursive: true, force: true })
})

const run = { name: 'a-1', directory: '/runs/a', command: ['true'], timeLimitMinutes: 1, nodes: 1, graceSeconds: 1 }

test('a check asks for a Job that is not to be kept, and for nothing else', async () => {
  answer = { status: 201, message: '' }
  await scheduler.check(run, '/models/base')
  expect(asked).toEqual(['POST /apis/batch/v1/namespaces/team/jobs?fieldValidation=Strict&dryRun=All'])
})

test.each([
  ['a rule of admission refuses', 'admission webhook "x" denied the request: no', false],
  ['a rule of admission cannot be asked so', 'admission webhook "x" does not support dry run', true],
])('where %s, a check that may have another end later is told from one that has not', async (_, message, retryable) => {
  answer = { status: 400, message }
  await expect(scheduler.check(run, '/models/base')).rejects.toMatchObject({
    retryable,
    message: `Kubernetes does not take it: ${message}`,
  })
})
