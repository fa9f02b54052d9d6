import { agrees, type JudgedRow } from './file-score.ts'

/** Each row on which a verifier differs from the label, Ratchet's first, two lines a row: the verdicts, then the answers. */
export function disagreements(judged: readonly JudgedRow[]): string[] {
  const ratchets = judged.filter(({ row, ratchet }) => !agrees(row, ratchet))
  const others = judged.filter(
    ({ row, ratchet, mathVerify }) => agrees(row, ratchet) && mathVerify !== null && !agrees(row, mathVerify),
  )
  return [...ratchets, ...others].map(describe)
}

function describe({ row, ratchet, mathVerify }: JudgedRow): string {
  const theirs = mathVerify === null ? '' : `  math-verify ${mathVerify.decision}${reason(mathVerify.reason)}`
  const found = [`gold ${quote(row.gold)}`, `ratchet ${quote(ratchet.extracted)}`]
  if (mathVerify !== null) found.push(`math-verify ${quote(mathVerify.extracted)}`)
  return [
    `${row.file} ${row.id}  label ${row.label ? 'right' : 'wrong'}  ratchet ${ratchet.decision}${reason(ratchet.reason)}${theirs}`,
    `    ${found.join('  ')}`,
    ...(ratchet.extracted === null ? [`    ends in ${quote(row.response.slice(-160))}`] : []),
  ].join('\n')
}

function reason(text: string): string {
  return text === '' ? '' : ` (${text})`
}

function quote(text: string | null): string {
  return text === null ? 'nothing' : JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text)
}
