import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

// What is started, as `{ name, command, args }`. Controllers and scheduler serve nothing themselves.

export function etcd({ programs, home, client, peer }) {
  const args = {
    'data-dir': join(home, 'etcd'),
    'unsafe-no-fsync': true,
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `default=${peer}`,
  }
  return { name: 'etcd', command: programs.etcd, args: flags(args) }
}

export function apiServer({ programs, home, certificates, etcdUrl, port }) {
  const args = {
    'etcd-servers': etcdUrl,
    'bind-address': '127.0.0.1',
    'secure-port': port,
    'tls-cert-file': certificates.certificate,
    'tls-private-key-file': certificates.key,
    'client-ca-file': certificates.authority,
    'token-auth-file': join(home, 'tokens.csv'),
    'service-account-key-file': certificates.accounts,
    'service-account-signing-key-file': certificates.accounts,
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-cluster-ip-range': '10.0.0.0/24',
    'authorization-mode': 'RBAC',
  }
  return { name: 'kube-apiserver', command: programs.apiServer, args: flags(args) }
}

/** A node counts as lost after 8 s of silence, where the default is 50. */
export function controllers({ programs, certificates, kubeconfig }) {
  const chosen = [
    'job-controller',
    'ttl-after-finished-controller',
    'garbage-collector-controller',
    'namespace-controller',
    'serviceaccount-controller',
    'pod-garbage-collector-controller',
    'node-lifecycle-controller',
    'taint-eviction-controller',
    'persistentvolume-binder-controller',
    'resourcequota-controller',
  ]
  const args = {
    kubeconfig,
    'secure-port': 0,
    'service-account-private-key-file': certificates.accounts,
    'root-ca-file': certificates.authority,
    'leader-elect': false,
    controllers: chosen.join(','),
    'node-monitor-period': '1s',
    'node-monitor-grace-period': '8s',
  }
  return { name: 'kube-controller-manager', command: programs.controllers, args: flags(args) }
}

export function scheduler({ programs, kubeconfig }) {
  const args = { kubeconfig, 'secure-port': 0, 'leader-elect': false }
  return { name: 'kube-scheduler', command: programs.scheduler, args: flags(args) }
}

export function kubelet({ home, kubeconfig, certificates, node }) {
  const program = fileURLToPath(new URL('test-kubelet.mjs', import.meta.url))
  const args = [program, kubeconfig, node, certificates.certificate, certificates.key, join(home, node)]
  return { name: `kubelet-${node}`, command: process.execPath, args }
}

function flags(values) {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`)
}
