import { own } from '../own.ts'
import { synonyms } from './commands.ts'
import type { BareToken } from './token.ts'
import { connectives, functionNames, shortWords, symbolWords } from './vocabulary.ts'

/** Functions that are units and words too. */
const ambiguousFunctions: ReadonlySet<string> = new Set('min max sec det abs floor ceil gcd lcm'.split(' '))

/** `sinx`, `lnx`. */
const appliedFunction = /^(?:sin|cos|tan|cot|sec|csc|ln|log|exp)[a-z]$/

/** Abbreviations of units, which are products of letters unless a number stands before them. */
const abbreviations: ReadonlySet<string> = new Set(
  'mg ml mL cL dL cm mm km kg ft in mi yd oz lb hr ms ns Pa Hz kN kJ kW'.split(' '),
)

/** Where a run of letters stands. `inText`: in `\text{…}`, where letters are words; `next`: the characters that follow. */
export interface Surroundings {
  readonly inText: boolean
  readonly afterNumber: boolean
  readonly next: string
}

/** Pushes what a run of letters is: a function, a symbol, a word, or variables that are multiplied. */
export function pushWord(
  run: string,
  { inText, afterNumber, next }: Surroundings,
  push: (token: BareToken) => void,
): void {
  const primes = /'+$/.exec(run)?.[0].length ?? 0
  const word = run.slice(0, run.length - primes)
  const symbol = own(symbolWords, word)
  if (isApplied(word, next)) push({ kind: 'command', text: word })
  else if (symbol !== undefined) push({ kind: 'command', text: symbol })
  else if (inText) push({ kind: 'word', text: run.replaceAll('’', "'") })
  else if (/^an?$/i.test(word) && /^\s[A-Za-z]{3}/.test(next)) push({ kind: 'word', text: word })
  else if (word.length === 1)
    push(/[A-Za-z]/.test(word) ? { kind: 'letter', text: word } : { kind: 'word', text: word })
  else if (appliedFunction.test(word)) {
    push({ kind: 'command', text: word.slice(0, -1) })
    push({ kind: 'letter', text: word.slice(-1) })
  } else if (abbreviations.has(word) && !(afterNumber && /^\s*(?:$|[.,;:/^}$)]|per\b|\\[,;!$]|\\cdot)/.test(next))) {
    for (const letter of word) push({ kind: 'letter', text: letter })
  } else if (connectives.has(word) || isWord(word)) push({ kind: 'word', text: run.replaceAll('’', "'") })
  else for (const letter of word) push({ kind: 'letter', text: letter })
  if (!inText) for (let prime = 0; prime < primes; prime++) push({ kind: 'sign', text: "'" })
}

/** What text in another type is as a whole: `\mathrm{e}`, `\operatorname{lcm}`, `\mathbf{i}`; null when it is read as text. */
export function styledToken(text: string, style: string): BareToken | null {
  if (/^[RZNQC]$/.test(text) && style === 'mathbf') return { kind: 'command', text }
  // Bold i, j and k are the unit vectors.
  if (/^[ijk]$/.test(text) && /^(?:mathbf|bm|boldsymbol)$/.test(style)) return { kind: 'command', text: `unit ${text}` }
  if (/^[A-Za-z]$/.test(text) && /^(?:mathit|bm|boldsymbol|mathbf|textit|pmb)$/.test(style))
    return { kind: 'letter', text }
  if (/^[eid]$/.test(text) && /^(?:mathrm|operatorname|rm)$/.test(style)) return { kind: 'letter', text }
  if (
    functionNames.has(text) &&
    (style === 'operatorname' || (/^(?:mathrm|rm|mathop|text|textrm)$/.test(style) && !ambiguousFunctions.has(text)))
  )
    return { kind: 'command', text }
  const synonym = synonyms.get(text)
  return synonym !== undefined && functionNames.has(synonym) && /^(?:mathrm|operatorname|rm|mathop)$/.test(style)
    ? { kind: 'command', text: synonym }
    : null
}

/** `min`, `sec` and `det` are units and words unless something stands there for them to work on. */
function isApplied(word: string, next: string): boolean {
  if (!functionNames.has(word)) return false
  return !ambiguousFunctions.has(word) || /^\s*[({[\\^_]/.test(next) || (word === 'sec' && /^\s*[a-z\d]/.test(next))
}

function isWord(word: string): boolean {
  return (
    // Words have a vowel: mghR is a product.
    (word.length >= 4 && !/^[A-Z]{4,5}$/.test(word) && /[aeiouy\u0080-\uffff]/i.test(word)) ||
    /[^\x20-\x7e]/.test(word) ||
    shortWords.has(word) ||
    (shortWords.has(word.toLowerCase()) && !abbreviations.has(word.toLowerCase())) ||
    /^[A-Z][a-z]{2}$/.test(word)
  )
}
