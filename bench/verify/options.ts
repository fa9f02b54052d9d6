import { parseArgs } from 'node:util'

export const usage = `npm run bench:verify -- [OPTION…]

  --files a,b    only responses_a.jsonl and responses_b.jsonl
  --rows N       of each file N rows, drawn by --seed S (default 1)
  --ours-only    without Math-Verify; its verdicts of earlier runs are shown where there are any
  --reuse        takes Math-Verify's verdicts of earlier runs and asks it only for the others; no speed ratio then
  --list N       how many disagreements are printed (default 100); all are in .cache/bench/verify-disagreements.txt`

export interface BenchOptions {
  readonly files: readonly string[] | null
  readonly rows: number | null
  readonly seed: number
  readonly oursOnly: boolean
  readonly reuse: boolean
  readonly list: number
}

/** Throws what is wrong with the arguments. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      files: { type: 'string' },
      rows: { type: 'string' },
      seed: { type: 'string', default: '1' },
      list: { type: 'string', default: '100' },
      'ours-only': { type: 'boolean', default: false },
      reuse: { type: 'boolean', default: false },
    },
  })
  return {
    files: values.files === undefined ? null : values.files.split(','),
    rows: values.rows === undefined ? null : wholeNumber('rows', values.rows),
    seed: wholeNumber('seed', values.seed),
    oursOnly: values['ours-only'],
    reuse: values.reuse,
    list: wholeNumber('list', values.list),
  }
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} is ${text}, not a whole number`)
  return Number(text)
}
