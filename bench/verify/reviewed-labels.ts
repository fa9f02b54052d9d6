import { readFileSync } from 'node:fs'
import { agrees, type JudgedRow } from './file-score.ts'
import type { LabelledRow } from './labelled-row.ts'

/** What a reading found: `equal` answers are right, a response that is `cut-off` states none. */
export type Reviewed = ReadonlyMap<string, boolean>

export interface ReviewedScore {
  readonly file: string
  readonly rows: number
  /** Labels of the file that a reading contradicts. */
  readonly corrected: number
  readonly ratchet: number
  readonly mathVerify: number | null
}

export function readReviewedLabels(): Reviewed {
  const { what: _, ...files }: Record<string, unknown> = JSON.parse(
    readFileSync(new URL('reviewed-labels.json', import.meta.url), 'utf8'),
  )
  const labels = new Map<string, boolean>()
  for (const found of Object.values(files)) {
    for (const [kind, ids] of Object.entries(found ?? {})) for (const id of ids) labels.set(id, kind === 'equal')
  }
  return labels
}

/** Agreement with the labels as they are after the review; only of files in which it changed some. */
export function reviewedScores(judged: readonly JudgedRow[], reviewed: Reviewed): ReviewedScore[] {
  return [...new Set(judged.map(({ row }) => row.file))].flatMap((file) => {
    const rows = judged.filter(({ row }) => row.file === file)
    const corrected = rows.filter(({ row }) => (reviewed.get(row.id) ?? row.label) !== row.label)
    if (corrected.length === 0) return []
    const label = (row: LabelledRow): LabelledRow => ({ ...row, label: reviewed.get(row.id) ?? row.label })
    const asked = rows.every(({ mathVerify }) => mathVerify !== null)
    return [
      {
        file,
        rows: rows.length,
        corrected: corrected.length,
        ratchet: rows.filter(({ row, ratchet }) => agrees(label(row), ratchet)).length,
        mathVerify: asked
          ? rows.filter(({ row, mathVerify }) => mathVerify !== null && agrees(label(row), mathVerify)).length
          : null,
      },
    ]
  })
}
