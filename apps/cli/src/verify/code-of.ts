import { sourceFile } from '@ratchet/installation/source-file.ts'
import { type Closable, mostPrograms } from './row-verifiers.ts'

/** Runs the programs of rows in the sandbox, by `python` or the `python3` of the path. */
export function codeOf(
  python: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): () => Promise<Closable> {
  return async () => {
    const { createCodeVerifier } = await import('@ratchet/adapters/verifier/code/code-verifier.ts')
    return createCodeVerifier({
      python: python ?? 'python3',
      script: sourceFile('infra/code-sandbox/run.py'),
      env,
      atOnce: mostPrograms,
    })
  }
}
