import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { kubernetesAccess } from './kubernetes-access.ts'

let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ratchet-access-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

function write(name: string, text: string): string {
  writeFileSync(join(home, name), text)
  return join(home, name)
}

const base64 = (text: string) => Buffer.from(text).toString('base64')
const config = (cluster: string, user: string) => `
apiVersion: v1
kind: Config
current-context: here
clusters: [{ name: c, cluster: { server: 'https://api:6443/', ${cluster} } }]
users: [{ name: u, user: { ${user} } }]
contexts:
  - { name: here, context: { cluster: c, user: u } }
  - { name: there, context: { cluster: c, user: u, namespace: team } }
  - { name: broken, context: { cluster: no, user: u } }
`
const read = (cluster: string, user: string, more = {}) =>
  kubernetesAccess({ kubeconfig: write('kubeconfig', config(cluster, user)), env: {}, ...more })

describe('a kubeconfig', () => {
  test('has the authority and the token in it', () => {
    const access = read(`certificate-authority-data: ${base64('CA')}`, 'token: secret')
    expect(access).toMatchObject({ server: 'https://api:6443', namespace: 'default', authority: 'CA', verified: true })
    expect(access.token()).toBe('secret')
  })

  test('names files beside it', () => {
    write('ca.crt', 'CA')
    write('me.crt', 'ME')
    write('me.key', 'KEY')
    const access = read('certificate-authority: ca.crt', 'client-certificate: me.crt, client-key: me.key')
    expect(access).toMatchObject({ authority: 'CA', certificate: 'ME', key: 'KEY' })
    expect(access.token()).toBeUndefined()
  })

  test('with a file for the token has the newest one', () => {
    write('token', 'first\n')
    const access = read('insecure-skip-tls-verify: true, tls-server-name: kubernetes', 'tokenFile: token')
    expect(access).toMatchObject({ verified: false, serverName: 'kubernetes' })
    expect(access.token()).toBe('first')
    write('token', 'second\n')
    expect(access.token()).toBe('second')
  })

  test('may be JSON', () => {
    const json = {
      'current-context': 'x',
      clusters: [{ name: 'x', cluster: { server: 'https://h' } }],
      users: [{ name: 'x', user: { 'client-certificate-data': base64('ME'), 'client-key-data': base64('KEY') } }],
      contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
    }
    const access = kubernetesAccess({ kubeconfig: write('json', JSON.stringify(json)), env: {} })
    expect(access).toMatchObject({ server: 'https://h', certificate: 'ME', key: 'KEY', authority: undefined })
  })

  test('has contexts to choose from, and the settings have the last word on the namespace', () => {
    expect(read('x: y', 'token: t', { context: 'there' }).namespace).toBe('team')
    expect(read('x: y', 'token: t', { context: 'there', namespace: 'mine' }).namespace).toBe('mine')
  })

  test.each([
    [
      'that is not there',
      () => kubernetesAccess({ kubeconfig: '/no/such/file', env: {} }),
      '/no/such/file cannot be read: there is no such file; correct cluster.kubeconfig',
    ],
    ['without the context', () => read('x: y', 'token: t', { context: 'no' }), 'has no context "no"'],
    ['without the cluster', () => read('x: y', 'token: t', { context: 'broken' }), 'has no cluster "no"'],
    ['that logs in by a plugin', () => read('x: y', 'exec: { command: aws }'), 'logs in by a plugin'],
    ['with a proxy', () => read("proxy-url: 'http://p'", 'token: t'), 'behind a proxy-url'],
    ['that is no YAML', () => kubernetesAccess({ kubeconfig: write('bad', '{ token: secret'), env: {} }), 'is no YAML'],
    ['that is something else', () => kubernetesAccess({ kubeconfig: write('bad', '[]'), env: {} }), 'is no kubeconfig'],
  ])('%s is refused for good', (_, open, message) => {
    expect(open).toThrow(expect.objectContaining({ message: expect.stringContaining(message), retryable: false }))
    expect(open).not.toThrow(/secret/)
  })
})

describe('a pod', () => {
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' }

  test('has a service account', () => {
    write('ca.crt', 'CA')
    write('namespace', 'team\n')
    write('token', 'mine\n')
    const access = kubernetesAccess({ env }, home)
    expect(access).toMatchObject({ server: 'https://[fd00::1]:6443', namespace: 'team', authority: 'CA' })
    expect(access.token()).toBe('mine')
  })

  test('without one is told to name a kubeconfig', () => {
    expect(() => kubernetesAccess({ env }, home)).toThrow('name a kubeconfig')
    expect(() => kubernetesAccess({ env: {} }, home)).toThrow('name a kubeconfig')
  })
})
