import { limits, Undecidable } from '../limits.ts'
import { own } from '../own.ts'
import type { Token } from './token.ts'
import { connectives, functionNames, shortWords, symbolWords } from './vocabulary.ts'

type Bare = Token extends infer Each ? (Each extends Token ? Omit<Each, 'spaced'> : never) : never

const spacing: ReadonlySet<string> = new Set([
  ',',
  ';',
  ':',
  '!',
  '>',
  ' ',
  '/',
  'quad',
  'qquad',
  'hspace',
  'vspace',
  'hfill',
  'displaystyle',
  'textstyle',
  'scriptstyle',
  'limits',
  'nolimits',
  'thinspace',
  'medspace',
  'thickspace',
  'enspace',
  'negthinspace',
  'space',
  'nobreak',
  'allowbreak',
  'hline',
  'noindent',
  'centering',
  'strut',
  'ensuremath',
  'boldmath',
  'large',
  'Large',
  'LARGE',
  'huge',
  'Huge',
  'small',
  'normalsize',
  'tiny',
  'bf',
  'rm',
  'it',
  'nonumber',
  'notag',
  'par',
  'newline',
  'mathstrut',
  'null',
  'protect',
])

const sizing: ReadonlySet<string> = new Set([
  'left',
  'right',
  'middle',
  'big',
  'Big',
  'bigg',
  'Bigg',
  'bigl',
  'bigr',
  'Bigl',
  'Bigr',
  'biggl',
  'biggr',
  'Biggl',
  'Biggr',
  'bigm',
  'Bigm',
])

const textual: ReadonlySet<string> = new Set([
  'text',
  'textbf',
  'textit',
  'textrm',
  'textsf',
  'texttt',
  'textnormal',
  'textsc',
  'mbox',
  'hbox',
  'emph',
  'underline',
  'mathrm',
  'mathit',
  'mathsf',
  'mathtt',
  'operatorname',
  'mathop',
  'rm',
  'textup',
  'bm',
  'boldsymbol',
  'mathbf',
  'pmb',
])

const synonyms: Readonly<Record<string, string>> = {
  dfrac: 'frac',
  tfrac: 'frac',
  cfrac: 'frac',
  sfrac: 'frac',
  nicefrac: 'frac',
  flatfrac: 'frac',
  dbinom: 'binom',
  tbinom: 'binom',
  leq: 'le',
  leqslant: 'le',
  leqq: 'le',
  geq: 'ge',
  geqslant: 'ge',
  geqq: 'ge',
  neq: 'ne',
  lt: '<',
  gt: '>',
  thickapprox: 'approx',
  simeq: 'approx',
  lvert: '|',
  rvert: '|',
  vert: '|',
  mid: '|',
  lVert: '‖',
  rVert: '‖',
  Vert: '‖',
  lbrace: '{',
  rbrace: '}',
  lbrack: '[',
  rbrack: ']',
  lparen: '(',
  rparen: ')',
  colon: ':',
  dots: 'ldots',
  cdots: 'ldots',
  dotsc: 'ldots',
  dotsb: 'ldots',
  dotsm: 'ldots',
  hdots: 'ldots',
  vdots: 'ldots',
  ddots: 'ldots',
  varnothing: 'emptyset',
  O: 'emptyset',
  infin: 'infty',
  land: 'wedge',
  lor: 'vee',
  smallsetminus: 'setminus',
  backslash: 'setminus',
  bigcup: 'cup',
  bigcap: 'cap',
  sqcup: 'cup',
  degree: 'circ',
  degrees: 'circ',
  textdegree: 'circ',
  arcdegree: 'circ',
  ast: 'cdot',
  star: 'cdot',
  bullet: 'cdot',
  Longrightarrow: 'implies',
  Rightarrow: 'implies',
  cr: '\\\\',
  surd: 'sqrt',
  measuredangle: 'angle',
  rightarrow: 'to',
  longrightarrow: 'to',
  longmapsto: 'to',
  mapsto: 'to',
  iff: 'iff',
  Leftrightarrow: 'iff',
  varphi: 'phi',
  varepsilon: 'epsilon',
  vartheta: 'theta',
  varrho: 'rho',
  Pi: 'Pi',
  pounds: '£',
  euro: '€',
  texteuro: '€',
  textdollar: '$',
  textbackslash: 'setminus',
  And: 'wedge',
  tg: 'tan',
  ctg: 'cot',
  cotg: 'cot',
  arctg: 'arctan',
  arcctg: 'arccot',
  sh: 'sinh',
  ch: 'cosh',
  th: 'tanh',
  cosec: 'csc',
  imath: 'i',
  iota: 'iota',
  reals: 'R',
  mathbbm: 'mathbb',
  Bbb: 'mathbb',
  mathds: 'mathbb',
}

/** The pieces of a normalised answer. Throws Undecidable for a text beyond the limits. Linear in its length. */
export function tokenize(text: string, inText = false): Token[] {
  const tokens: Token[] = []
  let spaced = false
  let at = 0
  /** Matrices and the like that are open: elsewhere `&` only aligns. */
  let tables = 0
  const push = (token: Bare): void => {
    tokens.push({ ...token, spaced })
    spaced = false
  }
  while (at < text.length) {
    const letter = text[at] ?? ''
    if (letter === '\\') {
      const next = text[at + 1] ?? ''
      if (!/[A-Za-z]/.test(next)) {
        at += 2
        // A backslash before a digit says nothing.
        if (isDigit(next)) at--
        else if (next === '\\') {
          // A backslash doubled by a JSON escape stands before a command's name; a line break of LaTeX before anything else.
          const doubled = /^[A-Za-z]{2,}/.exec(text.slice(at, at + 24))?.[0]
          if (doubled !== undefined && isCommand(doubled)) at--
          else {
            push({ kind: 'sign', text: '\\\\' })
            // The height of the break: `\\\\[1ex]`.
            at += /^\s?\[-?[\d.]+\s?(?:ex|em|pt|mm|cm|in|px)\]/.exec(text.slice(at, at + 16))?.[0].length ?? 0
          }
        } else if (next === '(' || next === ')' || next === '[' || next === ']') spaced = true
        else if (next === '|') push({ kind: 'sign', text: '‖' })
        else if (spacing.has(next) || next === '\n' || next === '\t' || next === '') spaced = true
        else if (next === '{' || next === '}') push({ kind: 'sign', text: `\\${next}` })
        else if (next === '$') push({ kind: 'sign', text: '$' })
        else if (next === '%' || next === '&' || next === '#' || next === '_') push({ kind: 'sign', text: next })
        continue
      }
      let end = at + 1
      while (end < text.length && /[A-Za-z]/.test(text[end] ?? '')) end++
      const name = text.slice(at + 1, end)
      at = end
      if (text[at] === '*') at++
      if (spacing.has(name)) {
        if (name === 'hspace' || name === 'vspace') at = afterGroup(text, at)
        spaced = true
      } else if (sizing.has(name)) {
        // `\left.` and `\right.` are no brackets.
        const dot = /^\s{0,4}\./.exec(text.slice(at, at + 6))
        if (dot !== null && (name === 'left' || name === 'right')) at += dot[0].length
      } else if (textual.has(name)) {
        const open = skipSpace(text, at)
        if (text[open] === '{') {
          const close = matching(text, open)
          textTokens(text.slice(open + 1, close), name, push, () => {
            spaced = true
          })
          at = close + 1
        } else if (name === 'rm' || name === 'bf' || name === 'it') {
          // The old form: `{\rm cm}`.
          const end = text.indexOf('}', at)
          const stop = end === -1 ? text.length : end
          textTokens(text.slice(at, stop), name, push, () => {
            spaced = true
          })
          at = stop
        } else spaced = true
      } else if (name === 'begin' || name === 'end') {
        const open = skipSpace(text, at)
        const close = text[open] === '{' ? matching(text, open) : open
        const environment = text.slice(open + 1, close).replaceAll(/[*\s]/g, '')
        at = close + 1
        if (name === 'begin' && /^(?:array|tabular)$/.test(environment)) at = afterGroup(text, at)
        if (/matrix$|array|tabular|cases$/.test(environment)) tables += name === 'begin' ? 1 : -1
        push({ kind: 'command', text: `${name}{${environment}}` })
      } else if (
        name === 'phantom' ||
        name === 'hphantom' ||
        name === 'vphantom' ||
        name === 'label' ||
        name === 'tag' ||
        name === 'color'
      )
        at = afterGroup(text, at)
      else if (name === 'textcolor' || name === 'colorbox') at = afterGroup(text, at)
      else if (name === 'boxed' || name === 'fbox' || name === 'displaystyle') spaced = true
      else pushCommand(own(synonyms, name) ?? name, push)
      continue
    }
    if (letter === '$') {
      // A dollar sign before a number that no other dollar sign closes is money.
      if (isMoney(text, at)) push({ kind: 'sign', text: '$' })
      else spaced = true
      at++
    } else if (/\s/.test(letter) || letter === '~') {
      spaced = true
      at++
    } else if (isDigit(letter) || (letter === '.' && isDigit(text[at + 1] ?? ''))) {
      const end = numberEnd(text, at)
      const raw = text.slice(at, end)
      if (raw.length > limits.digits) throw new Undecidable(`a number has more than ${limits.digits} digits`)
      push({
        kind: 'number',
        text: plainDigits(raw),
        grouped: /^\d{1,3}(?:,\d{3})+/.test(raw),
      })
      at = end
    } else if (/\p{L}/u.test(letter)) {
      let end = at + 1
      while (end < text.length && /[\p{L}\p{M}'’]/u.test(text[end] ?? '')) end++
      wordTokens(text.slice(at, end), inText, text.slice(end, end + 6), push)
      at = end
    } else if (letter === '&' && tables <= 0) {
      spaced = true
      at++
    } else if (text.startsWith('**', at)) {
      push({ kind: 'sign', text: '**' })
      at += 2
    } else if (/^(?:<=|>=|!=|==|=<|:=|->|=>|\+-|\+\/-)/.test(text.slice(at, at + 3))) {
      const sign = /^(?:\+\/-|..)/.exec(text.slice(at, at + 3))?.[0] ?? ''
      at += sign.length
      push(own(signs, sign) ?? { kind: 'sign', text: sign })
    } else {
      push({ kind: 'sign', text: letter })
      at++
    }
  }
  return tokens
}

/** Without separators; `{,}` before other than three digits is a decimal comma. */
function plainDigits(raw: string): string {
  return raw
    .replaceAll(/\{,\}(?!(?:\\!)?\d{3}(?!\d))/g, '.')
    .replaceAll('{.}', '.')
    .replaceAll(/[^\d.eE+-]/g, '')
}

const signs: Readonly<Record<string, Bare>> = {
  '<=': { kind: 'command', text: 'le' },
  '=<': { kind: 'command', text: 'le' },
  '>=': { kind: 'command', text: 'ge' },
  '!=': { kind: 'command', text: 'ne' },
  '==': { kind: 'sign', text: '=' },
  ':=': { kind: 'sign', text: '=' },
  '->': { kind: 'command', text: 'to' },
  '=>': { kind: 'command', text: 'implies' },
  '+-': { kind: 'command', text: 'pm' },
  '+/-': { kind: 'command', text: 'pm' },
}

function pushCommand(name: string, push: (token: Bare) => void): void {
  if (/^[A-Za-z]/.test(name)) push({ kind: 'command', text: name })
  else push({ kind: 'sign', text: name === '{' || name === '}' ? `\\${name}` : name })
}

function isCommand(name: string): boolean {
  const known =
    own(synonyms, name) !== undefined ||
    spacing.has(name) ||
    sizing.has(name) ||
    textual.has(name) ||
    functionNames.has(name)
  return (
    known ||
    /^(?:frac|pi|theta|alpha|beta|gamma|lambda|mu|sigma|phi|omega|infty|cdot|times|div|pm|mp|le|ge|ne|in|cup|cap|circ|mathbb|binom|begin|end|sum|prod|lfloor|rfloor|lceil|rceil|setminus|overline|boxed|approx|equiv|pmod|ldots)$/.test(
      name,
    )
  )
}

/** The words of `\text{…}`. What is mathematics in it, as `\text{13}` or `\mathrm{e}`, is read as such. */
function textTokens(content: string, command: string, push: (token: Bare) => void, space: () => void): void {
  const inner = content.trim()
  if (content !== content.trimStart()) space()
  const single = /^[A-Za-z]$/.test(inner)
  if (/^[RZNQC]$/.test(inner) && command === 'mathbf') return void push({ kind: 'command', text: inner })
  // Bold i, j and k are the unit vectors.
  if (/^[ijk]$/.test(inner) && /^(?:mathbf|bm|boldsymbol)$/.test(command))
    return void push({ kind: 'command', text: `unit ${inner}` })
  if (single && /^(?:mathit|bm|boldsymbol|mathbf|textit|pmb)$/.test(command))
    return void push({ kind: 'letter', text: inner })
  if (single && /^(?:mathrm|operatorname|rm)$/.test(command) && /[eidC]/.test(inner))
    return void push({ kind: 'letter', text: inner })
  if (functionNames.has(inner) && /^(?:mathrm|operatorname|rm|mathop|text|textrm)$/.test(command))
    return void push({ kind: 'command', text: inner })
  if (/^(?:mathrm|operatorname|rm|mathop)$/.test(command) && functionNames.has(own(synonyms, inner) ?? ''))
    return void push({ kind: 'command', text: own(synonyms, inner) ?? inner })
  for (const { spaced, ...token } of tokenize(inner, true)) {
    if (spaced) space()
    push(token)
  }
  if (content !== content.trimEnd()) space()
}

/** A run of letters: a function, a symbol, a word, or variables that are multiplied. */
function wordTokens(run: string, inText: boolean, next: string, push: (token: Bare) => void): void {
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
  } else if (connectives.has(word) || isWord(word)) push({ kind: 'word', text: run.replaceAll('’', "'") })
  else for (const letter of word) push({ kind: 'letter', text: letter })
  if (!inText) for (let prime = 0; prime < primes; prime++) push({ kind: 'sign', text: "'" })
}

/** `min`, `sec` and `det` are units and words unless something stands there for them to work on. */
function isApplied(word: string, next: string): boolean {
  if (!functionNames.has(word)) return false
  return (
    !/^(?:min|max|sec|det|abs|floor|ceil|gcd|lcm)$/.test(word) ||
    /^\s*[({[\\^_]/.test(next) ||
    (word === 'sec' && /^\s*[a-z\d]/.test(next))
  )
}

/** `sinx`, `lnx`. */
const appliedFunction = /^(?:sin|cos|tan|cot|sec|csc|ln|log|exp)[a-z]$/

function isWord(word: string): boolean {
  return (
    (word.length >= 4 && !/^[A-Z]{4,5}$/.test(word)) ||
    /[^\x20-\x7e]/.test(word) ||
    shortWords.has(word) ||
    shortWords.has(word.toLowerCase()) ||
    /^[A-Z][a-z]{2}$/.test(word)
  )
}

/** Digits, separators of thousands in any of their spellings, a decimal part. A group of three follows one to three digits only. */
const numberPattern =
  /(?:[1-9]\d{0,2}(?:(?:,|\{,\}(?:\\!)?|\\,|\\!|,\\!|\\;|\\ |\{\\,\}|[ ~])\d{3}(?!\d))+|\d+)?(?:(?:\.|\{\.\}|\{,\}(?!\d{3}(?!\d)))\d+)?/y

function numberEnd(text: string, from: number): number {
  numberPattern.lastIndex = from
  const length = numberPattern.exec(text)?.[0].length ?? 0
  const end = from + length
  exponentPattern.lastIndex = end
  const exponent = exponentPattern.exec(text)?.[0] ?? ''
  const scientific = exponent !== '' && (text.slice(from, end).includes('.') || wholeNumber.test(text))
  return scientific ? end + exponent.length : Math.max(end, from + 1)
}

const exponentPattern = /[eE][+-]?\d{1,6}(?![\dA-Za-z])/y
const wholeNumber = /^\s*[+-]?\d{1,400}(?:\.\d{1,400})?[eE][+-]?\d{1,6}\s*$/

function isMoney(text: string, at: number): boolean {
  const next = text.slice(at + 1, at + 12)
  if (!/^\s{0,2}-?\d/.test(next)) return false
  let others = 0
  for (let index = 0; index < text.length && index < 4000; index++)
    if (text[index] === '$' && text[index - 1] !== '\\') others++
  return others === 1
}

/** The position of the brace that closes the one at `open`, or the text's end. */
function matching(text: string, open: number): number {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    const letter = text[at]
    if (letter === '\\') at++
    else if (letter === '{') depth++
    else if (letter === '}' && --depth === 0) return at
  }
  return text.length
}

function afterGroup(text: string, at: number): number {
  const open = skipSpace(text, at)
  return text[open] === '{' ? matching(text, open) + 1 : at
}

function skipSpace(text: string, at: number): number {
  let end = at
  while (text[end] === ' ' || text[end] === '\n') end++
  return end
}

function isDigit(letter: string): boolean {
  return letter >= '0' && letter <= '9'
}
