import type { FileScore } from './file-score.ts'

/** A file's scores, Math-Verify's where it was asked. */
export interface ScoredFile {
  readonly file: string
  readonly ratchet: FileScore
  readonly mathVerify: FileScore | null
}

/** How many times as fast as Math-Verify; null where both did not run together. */
export interface Speed {
  readonly wallRatio: number
  readonly cpuRatio: number
}

export const leastRatio = 50
export const longestRowMs = 50
const leastAgreement = 0.995
const agreementFiles: readonly string[] = [
  'longcot_skythought',
  'longcot_r1distill',
  'shortcot_skythought',
  'gsm8k_openai',
  'gsm8k_tora',
  'math_qwen_maj8',
]

/** What was missed, one sentence each. `worstMs`: of the slowest row, the least of several measurements. */
export function missedThresholds(
  files: readonly ScoredFile[],
  { speed, worstMs }: { readonly speed: Speed | null; readonly worstMs: number },
): string[] {
  const missed = files.flatMap(({ file, ratchet, mathVerify }) => {
    const share = ratchet.agree / ratchet.rows
    const low = agreementFiles.includes(file) && share < leastAgreement
    const behind = mathVerify !== null && ratchet.agree < mathVerify.agree
    return [
      ...(low ? [`${file}: agrees with ${percent(share)} of the labels, less than ${percent(leastAgreement)}`] : []),
      ...(behind ? [`${file}: agrees with ${ratchet.agree} labels, Math-Verify with ${mathVerify.agree}`] : []),
    ]
  })
  const slow = speed === null ? [] : Object.entries(speed).filter(([, ratio]) => ratio < leastRatio)
  return [
    ...missed,
    ...slow.map(([clock, ratio]) => `${clock} ${ratio.toFixed(1)}, less than ${leastRatio}`),
    ...(worstMs > longestRowMs ? [`the slowest row takes ${worstMs.toFixed(1)} ms, more than ${longestRowMs}`] : []),
  ]
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`
}
