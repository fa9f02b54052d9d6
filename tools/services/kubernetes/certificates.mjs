import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const names = 'DNS:localhost,DNS:kubernetes,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:10.0.0.1'

/**
 * Makes an authority of its own, a certificate for everything that listens on loopback, and the key that signs service accounts'
 * tokens. Answers their paths and the authority's text. Throws where there is no openssl.
 */
export async function makeCertificates(home) {
  const path = (name) => join(home, name)
  const openssl = (...args) => promisify(execFile)('openssl', args)
  const [authority, authorityKey, key, request, certificate, accounts] = [
    'ca.crt',
    'ca.key',
    'server.key',
    'server.csr',
    'server.crt',
    'service-accounts.key',
  ].map(path)
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout']
  await openssl(
    'req',
    '-x509',
    ...newKey,
    authorityKey,
    '-out',
    authority,
    '-days',
    '365',
    '-subj',
    '/CN=test-authority',
  )
  await openssl('req', ...newKey, key, '-out', request, '-subj', '/CN=kube-apiserver')
  writeFileSync(path('names'), `subjectAltName=${names}\n`)
  const signing = [
    '-CA',
    authority,
    '-CAkey',
    authorityKey,
    '-CAcreateserial',
    '-days',
    '365',
    '-extfile',
    path('names'),
  ]
  await openssl('x509', '-req', '-in', request, '-out', certificate, ...signing)
  await openssl('genrsa', '-out', accounts, '2048')
  return { authority, authorityText: readFileSync(authority, 'utf8'), authorityKey, key, certificate, accounts }
}
