import { expect, test } from '@jest/globals'
import { failureOfConnection, failureOfStatus, isMissing } from './kubernetes-failure.ts'

test.each([
  [401, 'Unauthorized', false, 'renew the token or the certificate'],
  [403, 'jobs.batch is forbidden: User "x" cannot create resource "jobs"', false, 'infra/kubernetes/role.yaml'],
  [403, 'jobs.batch "a" is forbidden: exceeded quota: q', true, 'exceeded quota: q'],
  [404, 'namespaces "x" not found', false, 'namespaces "x" not found'],
  [400, 'unknown field "spec.nonsense"', false, 'unknown field "spec.nonsense"'],
  [422, 'Job.batch "a" is invalid: memory', false, 'Job.batch "a" is invalid: memory'],
  [409, 'the object has been modified', true, 'the object has been modified'],
  [429, 'Too many requests', true, 'Too many requests'],
  [500, 'etcdserver: leader changed', true, 'etcdserver: leader changed'],
  [503, '', true, 'status 503'],
])('status %i, %s', (status, said, retryable, message) => {
  const failure = failureOfStatus(status, said)
  expect(failure).toMatchObject({ status, retryable })
  expect(failure.message).toContain(message)
  expect(isMissing(failure)).toBe(status === 404)
})

const coded = (code: string, message = code) => Object.assign(new Error(message), { code })

test.each([
  ['a refused connection', coded('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1'), true, 'connect ECONNREFUSED'],
  ['a timeout', new DOMException('aborted', 'TimeoutError'), true, 'it gives no answer'],
  ['an unknown authority', coded('SELF_SIGNED_CERT_IN_CHAIN'), false, 'do not fit (SELF_SIGNED_CERT_IN_CHAIN)'],
  [
    'another host',
    new TypeError('fetch failed', { cause: coded('ERR_TLS_CERT_ALTNAME_INVALID') }),
    false,
    'tls-server-name',
  ],
])('%s', (_, error, retryable, message) => {
  const failure = failureOfConnection('https://api', error)
  expect(failure).toMatchObject({ status: null, retryable })
  expect(failure.message).toContain(message)
})
