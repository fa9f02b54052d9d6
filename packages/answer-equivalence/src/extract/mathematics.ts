/** Only so much of the end of a text is searched. */
const searched = 20_000

/** Mathematics in a text: where its delimiters begin and end, and what stands between them. */
export interface Formula {
  readonly begin: number
  readonly end: number
  readonly content: string
}

const opened = /\$\$|\$|\\\(|\\\[|\\begin\{(?:equation|align|gather)\*?\}/g
const closer: Readonly<Record<string, string>> = { $$: '$$', $: '$', '\\(': '\\)', '\\[': '\\]' }

/** The formulas near the end of a text, from left to right. Dollar signs that are money open none. */
export function formulasOf(text: string): readonly Formula[] {
  const from = Math.max(0, text.length - searched)
  const tail = text.slice(from)
  const formulas: Formula[] = []
  let at = 0
  /** Closers that do not come again. */
  const missing = new Set<string>()
  for (;;) {
    opened.lastIndex = at
    const match = opened.exec(tail)
    if (match === null) return formulas
    const [open] = match
    if (open === '$' && tail[match.index - 1] === '\\') {
      at = match.index + 1
      continue
    }
    const close = closer[open] ?? open.replace('begin', 'end')
    const begin = match.index + open.length
    const end = missing.has(close) ? -1 : closing(tail, begin, close)
    if (end === -1) missing.add(close)
    if (end === -1 || (open === '$' && isMoney(tail, match.index, end))) {
      at = begin
      continue
    }
    formulas.push({ begin: from + match.index, end: from + end + close.length, content: tail.slice(begin, end) })
    at = end + close.length
  }
}

function closing(text: string, from: number, close: string): number {
  for (let end = text.indexOf(close, from); end !== -1; end = text.indexOf(close, end + 1)) {
    if (close !== '$' || text[end - 1] !== '\\') return end
  }
  return -1
}

/** Between two amounts of money stand words or a sign, not mathematics: "$5 and costs $7", "$5 + $7". */
function isMoney(text: string, open: number, close: number): boolean {
  const between = text.slice(open + 1, close)
  if (!/^\d/.test(between) || !/^\d/.test(text.slice(close + 1, close + 2))) return false
  return (
    (/^\d[\d,.]*\s+[A-Za-z]{2,}/.test(between) && /[A-Za-z]{2,}\s*$/.test(between)) ||
    /^\d[\d,.]*\s*[-−–+*/=×÷x]\s+$/.test(between)
  )
}
