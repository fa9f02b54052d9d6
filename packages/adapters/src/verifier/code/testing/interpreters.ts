import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const sandboxScript = join(
  dirname(fileURLToPath(import.meta.url)),
  '../../../../../../infra/code-sandbox/run.py',
)

export type Interpreter = {
  readonly title: string
  readonly python: string
  /** Why it cannot be used here. */
  readonly missing: string | null
}

/** Python as different users and kernels would run it: this user, nobody, and where no user name spaces can be made. */
export function interpreters(directory: string): Interpreter[] {
  const python = process.env['PYTHON'] ?? 'python3'
  const nobody = 'setpriv --reuid 65534 --regid 65534 --clear-groups'
  const asNobody = process.getuid?.() === 0 ? nobody : ''
  return [
    { title: 'this user', python, missing: works(python) ? null : 'skipped: no python3' },
    wrapped('nobody', `exec ${nobody} /usr/bin/python3 "$@"`, 'skipped: not root, or no /usr/bin/python3'),
    wrapped(
      'a user without name spaces',
      `exec ${asNobody} unshare -Ur sh -c 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"' sh /usr/bin/python3 "$@"`,
      'skipped: no unshare, or no /usr/bin/python3',
    ),
  ]

  function wrapped(title: string, command: string, missing: string): Interpreter {
    const path = join(directory, title.replaceAll(' ', '-'))
    writeFileSync(path, `#!/bin/sh\n${command}\n`)
    chmodSync(path, 0o755)
    return { title, python: path, missing: works(path) ? null : missing }
  }
}

function works(python: string): boolean {
  try {
    return execFileSync(python, ['-c', 'print(1)'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }) === '1\n'
  } catch {
    return false
  }
}
