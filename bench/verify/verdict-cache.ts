import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { MathVerifyVerdict } from './math-verify.ts'

/** Math-Verify's verdicts of earlier runs, by the key of the row; each is written as it comes, so an interrupted run is not lost. */
export interface VerdictCache {
  get(key: string): MathVerifyVerdict | undefined
  set(key: string, verdict: MathVerifyVerdict): void
}

export function openVerdictCache(file: string): VerdictCache {
  const verdicts = new Map<string, MathVerifyVerdict>()
  mkdirSync(dirname(file), { recursive: true })
  for (const line of existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []) {
    // A run that was killed may have left half a line.
    if (!line.startsWith('{') || !line.endsWith('}')) continue
    const { key, ...verdict } = JSON.parse(line)
    verdicts.set(key, verdict)
  }
  return {
    get: (key) => verdicts.get(key),
    set(key, verdict) {
      verdicts.set(key, verdict)
      appendFileSync(file, `\n${JSON.stringify({ key, ...verdict })}`)
    },
  }
}
