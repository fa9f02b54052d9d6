import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const version = '1.37.2'
const etcdVersion = '3.7.3'
const oldestGo = [1, 26]
const home = fileURLToPath(new URL('../../../.cache/kubernetes', import.meta.url))
const stamp = join(home, '.stamp')

export const programs = {
  etcd: join(home, 'etcd'),
  apiServer: join(home, 'kube-apiserver'),
  controllers: join(home, 'kube-controller-manager'),
  scheduler: join(home, 'kube-scheduler'),
}

/** Whether these very versions are there. The stamp also names the Go that built them. */
export function installed() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8').startsWith(`${version} ${etcdVersion} `)
}

/** Builds what is missing, and answers whether all is there. `log` takes lines. */
export async function install(log) {
  if (installed()) {
    log(`Kubernetes ${version} is in ${home}`)
    return true
  }
  const go = goVersion()
  if (go === null) {
    log(`to build Kubernetes takes Go ${oldestGo.join('.')} or newer on the PATH`)
    return false
  }
  mkdirSync(home, { recursive: true })
  const work = mkdtempSync(join(tmpdir(), 'ratchet-kubernetes-build-'))
  try {
    buildKubernetes(join(work, 'kubernetes'), log)
    buildEtcd(join(work, 'etcd'), log)
    writeFileSync(stamp, `${version} ${etcdVersion} ${go}\n`)
    return true
  } catch (error) {
    log(`Kubernetes cannot be built: ${error.message}`)
    return false
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function goVersion() {
  const { status, stdout } = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' })
  if (status !== 0) return null
  const [major = 0, minor = 0] = (/go(\d+)\.(\d+)/.exec(stdout) ?? []).slice(1).map(Number)
  return major > oldestGo[0] || (major === oldestGo[0] && minor >= oldestGo[1]) ? stdout.trim() : null
}

/**
 * The module replaces its parts by folders that only its repository has, for which reason `go install` refuses it. Here a module of
 * ours requires it and replaces those parts by the ones that are published beside each release, 0.X.Y to its 1.X.Y.
 */
function buildKubernetes(directory, log) {
  const module = `k8s.io/kubernetes@v${version}`
  const go = createModule(directory)
  const { GoMod } = JSON.parse(go.read('mod', 'download', '-json', module))
  const file = readFileSync(GoMod, 'utf8')
  for (const [, part] of file.matchAll(/^\s+(k8s\.io\/[a-z-]+) => \.\/staging/gm))
    go.run('mod', 'edit', `-replace=${part}=${part}@v0.${version.slice(2)}`)
  go.run('mod', 'edit', `-go=${/^go (.+)$/m.exec(file)[1]}`)
  go.run('get', module)
  const [, minor] = version.split('.')
  const facts = { gitVersion: `v${version}`, gitMajor: '1', gitMinor: minor, gitTreeState: 'clean' }
  const said = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((place) =>
    Object.entries(facts).map(([name, value]) => `-X ${place}.${name}=${value}`),
  )
  for (const name of ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'])
    go.build(name, `k8s.io/kubernetes/cmd/${name}`, ['-s', '-w', ...said], log)
}

function buildEtcd(directory, log) {
  const go = createModule(directory)
  go.run('get', `go.etcd.io/etcd/server/v3@v${etcdVersion}`)
  go.build('etcd', 'go.etcd.io/etcd/server/v3', ['-s', '-w'], log)
}

function createModule(directory) {
  mkdirSync(directory)
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod -buildvcs=false' }
  const options = { cwd: directory, env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }
  const read = (...args) => execFileSync('go', args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  read('mod', 'init', 'local/build')
  return {
    read,
    run: (...args) => void read(...args),
    build: (name, path, linking, log) => {
      log(`building ${name}`)
      const draft = join(directory, name)
      read('build', '-p', '2', `-ldflags=${linking.join(' ')}`, '-o', draft, path)
      // It gets its name when it is whole, in the same folder so that the move is one step.
      const beside = join(home, `${name}.draft`)
      execFileSync('cp', [draft, beside])
      renameSync(beside, join(home, name))
    },
  }
}
