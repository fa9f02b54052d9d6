import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What is measured against, to the last digit: other versions give other verdicts. */
export const requirements: readonly string[] = ['math-verify[antlr4_13_2]==0.9.0', 'sympy==1.14.0']

/** The interpreter of an environment with Math-Verify under `home`, made from `python` where it is absent. Throws when it cannot be had. */
export function ensureMathVerify(home: string, python: string, note: (line: string) => void): string {
  const venv = join(home, 'math-verify')
  const interpreter = join(venv, 'bin/python')
  const stamp = join(venv, 'installed')
  const wanted = requirements.join(' ')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return interpreter
  note(`Math-Verify is being installed into ${venv}`)
  mkdirSync(home, { recursive: true })
  run(python, ['-m', 'venv', venv])
  run(interpreter, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...requirements])
  writeFileSync(stamp, wanted)
  return interpreter
}

function run(command: string, args: readonly string[]): void {
  const { status, error, stderr } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' })
  if (error === undefined && status === 0) return
  const reason = error?.message ?? stderr.trim().split('\n').slice(-3).join(' ')
  throw new Error(
    `Math-Verify cannot be had: ${command} ${args.slice(0, 3).join(' ')} failed: ${reason}. ` +
      'It needs Python 3.10 or newer with venv (PYTHON names one) and a package index that pip reaches; --ours-only does without.',
  )
}
