import { limits, Undecidable } from '../limits.ts'
import { own } from '../own.ts'
import { type Closing, type Node, type Opening, type RelationSign, whole } from './node.ts'
import { render } from './render.ts'
import type { Token } from './token.ts'
import { tokenize } from './tokenize.ts'
import { conditionals, connectives, functionNames, hedges } from './vocabulary.ts'

/** The text is no answer that this grammar knows: something is missing, left over or out of place. */
export class Malformed extends Error {
  override readonly name = 'Malformed'
}

/** A limit or an integral stands there, which this package does not work out. */
export class Unevaluated extends Undecidable {}

/**
 * The tree of a normalised answer. Throws Malformed for what is no mathematics, Undecidable for what is beyond the limits or uses a
 * command that has no meaning here. `grouped`: a comma between three digits and three digits groups thousands rather than separating a list.
 *
 *   list      item ((',' | ';' | 'and' | 'or' | line break) item)*
 *   item      [label ':'] relation [condition]
 *   relation  side (('=' | '<' | '\in' | …) side)*
 *   side      [currency] sets [unit]
 *   sets      ratio (('\cup' | '\cap' | '\setminus') ratio)*
 *   ratio     sum (':' sum)*
 *   sum       ['+' | '-' | '\pm'] product (('+' | '-' | '\pm') product)*
 *   product   factor (('\cdot' | '/' | nothing) factor)*
 *   factor    atom ('^' argument | '!' | '%' | '^\circ')*
 */
export function parse(text: string, grouped = true): Node {
  return new Parser(tokenize(grouped ? text : ungrouped(text), isSentence(text))).all()
}

/** Words and nothing else, two of them long: `on` and `of` are no products of letters there. */
function isSentence(text: string): boolean {
  return /^[\p{L}\s,.'’-]+$/u.test(text) && (text.match(/\p{L}{4,}/gu)?.length ?? 0) >= 2
}

/** With white space after every comma, so that it separates. */
function ungrouped(text: string): string {
  return text.replaceAll(/(?<=\d),(?=\d)/g, ', ')
}

const relationSigns: Readonly<Record<string, RelationSign>> = {
  '=': '=',
  '<': '<',
  '>': '>',
  le: '≤',
  ge: '≥',
  ne: '≠',
  approx: '≈',
  in: '∈',
  notin: '∉',
  equiv: '≡',
  cong: '≡',
  to: '→',
  sim: '∼',
  propto: '∼',
  subset: '⊂',
  subseteq: '⊂',
}

const openings: Readonly<Record<string, Opening>> = { '(': '(', '[': '[', '\\{': '{', langle: '<', '{': '{' }
const closings: Readonly<Record<string, Closing>> = { ')': ')', ']': ']', '\\}': '}', rangle: '>', '}': '}' }
const groupsOf: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '\\{': '\\}' }

const greekLetters: ReadonlySet<string> = new Set(
  `alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi chi psi omega
   Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar mho nabla partial aleph Re Im prime top perp square Box`.split(
    /\s+/,
  ),
)
const decorations: ReadonlySet<string> = new Set(
  'overline bar vec hat widehat tilde widetilde overrightarrow overleftrightarrow underline dot ddot mathcal mathfrak mathscr mathbb overarc'.split(
    ' ',
  ),
)
const currencies: ReadonlySet<string> = new Set(['$', '€', '£', '¥', '₹', '¢'])
const matrices: ReadonlySet<string> = new Set([
  'matrix',
  'pmatrix',
  'bmatrix',
  'Bmatrix',
  'smallmatrix',
  'array',
  'vmatrix',
  'Vmatrix',
  'psmallmatrix',
  'bsmallmatrix',
])
const layouts: ReadonlySet<string> = new Set([
  'align',
  'aligned',
  'equation',
  'gather',
  'gathered',
  'split',
  'cases',
  'multline',
  'alignat',
  'alignedat',
  'math',
  'displaymath',
  'center',
  'dcases',
  'rcases',
  'tabular',
  'eqnarray',
])
const numberWords = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
]
/** Letters that stand for functions when a bracket follows. */
const functionLetters = /^[fghFGHPQRTW]$/

class Parser {
  readonly #tokens: Token[]
  #at = 0
  #depth = 0
  /** Bars that are open as absolute values. */
  #bars = 0
  /** In a set, a bar or a colon ends the element; in a matrix, `&` and a line break end a cell. */
  #inBuilder = false
  #inMatrix = 0
  /** In square brackets one that opens may close an open interval, as in `[0, 1[`. */
  #inSquare = false

  constructor(tokens: Token[]) {
    this.#tokens = tokens
  }

  all(): Node {
    if (this.#tokens.length === 0) throw new Malformed('the answer is empty')
    const node = this.#list(() => false)
    if (this.#at < this.#tokens.length) throw new Malformed(`${this.#shown()} is left over`)
    return node
  }

  get #now(): Token | undefined {
    return this.#tokens[this.#at]
  }

  #peek(ahead: number): Token | undefined {
    return this.#tokens[this.#at + ahead]
  }

  #shown(): string {
    const token = this.#now
    return token === undefined ? 'the end' : `"${token.text}"`
  }

  #sign(...texts: string[]): boolean {
    const token = this.#now
    return token !== undefined && token.kind === 'sign' && texts.includes(token.text)
  }

  #command(...texts: string[]): boolean {
    const token = this.#now
    return token !== undefined && token.kind === 'command' && texts.includes(token.text)
  }

  #accept(...texts: string[]): boolean {
    const found = this.#sign(...texts) || this.#command(...texts)
    if (found) this.#at++
    return found
  }

  #expect(text: string): void {
    if (!this.#accept(text)) throw new Malformed(`"${text}" is missing before ${this.#shown()}`)
  }

  #deeper<Result>(read: () => Result): Result {
    if (++this.#depth > limits.depth) throw new Undecidable(`the answer is nested deeper than ${limits.depth}`)
    const result = read()
    this.#depth--
    return result
  }

  /** Items up to `ends` or the end of the text. One item alone is that item. */
  #list(ends: () => boolean): Node {
    return this.#deeper(() => {
      const items: Node[] = []
      const conditions: Node[] = []
      let joint: 'and' | 'or' | undefined
      for (;;) {
        while (this.#separator()) {
          joint = jointOf(this.#now) ?? joint
          this.#at++
        }
        if (this.#now === undefined || ends()) break
        // "…, where k is an integer"
        if (items.length > 0 && (conditions.length > 0 || this.#isConditional())) conditions.push(this.#condition())
        else items.push(this.#item())
        if (items.length > limits.items) throw new Undecidable(`the answer has more than ${limits.items} items`)
        if (this.#now === undefined || ends()) break
        if (!this.#separator() && conditions.length === 0) throw new Malformed(`${this.#shown()} is left over`)
      }
      const node = withConditions(items, joint)
      return conditions.length === 0 ? node : { kind: 'conditional', of: node, conditions }
    })
  }

  /** A word like "where" or "for", or a bracket with a condition in it. */
  #isConditional(): boolean {
    const token = this.#now
    if (token?.kind === 'word') return conditionals.has(token.text.toLowerCase())
    return this.#command('forall') || this.#isConditionBracket()
  }

  /** `(k \in \mathbb{Z})`, `(where …)`, `(for all n)`: a bracket that holds a relation or begins with such a word. */
  #isConditionBracket(): boolean {
    if (!this.#sign('(')) return false
    const next = this.#peek(1)
    if (next?.kind === 'word' && conditionals.has(next.text.toLowerCase())) return true
    let depth = 0
    for (let index = this.#at; index < this.#tokens.length && index < this.#at + 40; index++) {
      const token = this.#tokens[index]
      if (token === undefined || token.kind === 'word') return false
      if (token.text === '(') depth++
      else if (token.text === ')' && --depth === 0) return false
      else if (
        depth === 1 &&
        (token.kind === 'command' || token.kind === 'sign') &&
        /^(?:in|ne|le|ge|=|<|>)$/.test(token.text)
      )
        return true
    }
    return false
  }

  #separator(): boolean {
    const token = this.#now
    if (token === undefined) return false
    if (token.kind === 'word') return connectives.has(token.text.toLowerCase())
    if (token.kind === 'command') return ['wedge', 'vee', 'implies', 'iff'].includes(token.text)
    return (
      token.text === ',' ||
      token.text === ';' ||
      (token.text === '\\\\' && this.#inMatrix === 0) ||
      (token.text === '.' && this.#peek(1) === undefined)
    )
  }

  #item(): Node {
    const begin = this.#at
    if (this.#now?.kind === 'word') {
      const worded = this.#worded()
      if (worded !== null) return worded
    }
    if (this.#command('forall')) return this.#condition()
    let node: Node
    try {
      node = this.#relation()
    } catch (error) {
      if (!(error instanceof Malformed) || !this.#tokens.slice(begin).some(({ kind }) => kind === 'word')) throw error
      return this.#prose(begin)
    }
    if (this.#sign('\\\\') && this.#inMatrix > 0) return node
    const next = this.#now
    if (next?.kind === 'word' && conditionals.has(next.text.toLowerCase()))
      return { kind: 'conditional', of: node, conditions: [this.#condition()] }
    if (this.#command('forall') || this.#isConditionBracket())
      return { kind: 'conditional', of: node, conditions: [this.#condition()] }
    if (next?.kind === 'word' && !this.#separator()) return this.#prose(begin)
    if (this.#sign(':') && node.kind === 'variable' && !this.#inBuilder) {
      this.#at++
      return { kind: 'labelled', label: node.name, of: this.#item() }
    }
    return node
  }

  /** An item that begins with words: text alone, a label, an amount of a named currency; null when it is none of these. */
  #worded(): Node | null {
    const begin = this.#at
    let end = begin
    while (isTextual(this.#tokens[end]) && !(end > begin && this.#isConnective(end))) end++
    const words = this.#tokens.slice(begin, end)
    const following = this.#tokens[end]
    const text = words.map(({ text: word, spaced }, index) => (index > 0 && spaced ? ` ${word}` : word)).join('')
    const ended =
      following === undefined ||
      this.#isSeparatorAt(end) ||
      isCloser(following) ||
      (following.text === '&' && this.#inMatrix > 0)
    if (ended) {
      this.#at = end
      return { kind: 'text', words: text }
    }
    const [first] = words
    if (first !== undefined && conditionals.has(first.text.toLowerCase())) return this.#condition()
    if (
      words.length === 1 &&
      /^(?:negative|minus|positive|plus)$/i.test(text) &&
      following.text === 'infty' &&
      this.#tokens[end + 1] === undefined
    ) {
      this.#at = end + 1
      const infinity: Node = { kind: 'constant', name: 'infinity' }
      return /^[nm]/i.test(text) ? { kind: 'negative', of: infinity } : infinity
    }
    // A name in letters with a subscript: a number in a base.
    if (following.text === '_') return null
    if (
      following.text === ':' ||
      following.text === '=' ||
      /^(?:is|are|equals|be|was)$/.test(words.at(-1)?.text ?? '')
    ) {
      if (!isLabel(words.map((word) => word.text))) return this.#prose(begin)
      this.#at = following.text === ':' || following.text === '=' ? end + 1 : end
      return { kind: 'labelled', label: text.replace(/\s+(?:is|are|equals|be|was)$/, ''), of: this.#item() }
    }
    if (
      words.length === 1 &&
      first !== undefined &&
      /^(?:rs|usd|eur|inr|us|gbp|aud|cad|aed)$/i.test(first.text.replace('.', ''))
    ) {
      this.#at = this.#tokens[end]?.text === '.' || this.#tokens[end]?.text === '$' ? end + 1 : end
      const of = this.#relation()
      return { kind: 'quantity', of, unit: first.text }
    }
    // A word that is a variable of more letters, as in `area \cdot 2` or `AREA^2`, is not read.
    return words.length === 1 && first !== undefined && first.text.length === 1 ? null : this.#prose(begin)
  }

  #isConnective(index: number): boolean {
    const token = this.#tokens[index]
    return token !== undefined && token.kind === 'word' && connectives.has(token.text.toLowerCase())
  }

  #isSeparatorAt(index: number): boolean {
    const saved = this.#at
    this.#at = index
    const result = this.#separator()
    this.#at = saved
    return result
  }

  #prose(begin: number): Node {
    this.#skipRest(begin)
    return { kind: 'prose', words: shown(this.#tokens.slice(begin, this.#at)) }
  }

  /** To the end of the cell, in a matrix, or of the text. */
  #skipRest(begin: number): void {
    let end = this.#tokens.length
    if (this.#inMatrix > 0) {
      const cell = this.#tokens.findIndex(
        (token, index) =>
          index >= begin && (token.text === '&' || token.text === '\\\\' || token.text.startsWith('end{')),
      )
      if (cell !== -1) end = cell
    }
    this.#at = Math.max(end, begin)
  }

  /** The rest of the item, or of a bracket: for which values it holds. Mathematics when it can be read, else its words. */
  #condition(): Node {
    const begin = this.#at
    const bracket = this.#accept('(')
    const only = this.#isWordAt(0, /^(?:if|when|provided|unless)$/i)
    while (this.#now?.kind === 'word' || this.#command('forall')) this.#at++
    try {
      const condition = this.#relation()
      const wordsEnd = this.#at
      let end = wordsEnd
      while (isTextual(this.#tokens[end])) end++
      this.#at = end
      if (bracket) this.#accept(')')
      const words = this.#tokens.slice(begin, end).map(({ text }) => text.toLowerCase())
      if (words.some((word) => /^reals?$/.test(word)) && condition.kind !== 'relation')
        return { kind: 'relation', sides: [condition, { kind: 'region', name: 'R' }], signs: ['∈'] }
      if (words.some((word) => /^integers?$/.test(word)) && condition.kind !== 'relation')
        return { kind: 'relation', sides: [condition, { kind: 'region', name: 'Z' }], signs: ['∈'] }
      return only ? { kind: 'labelled', label: 'if', of: condition } : condition
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      return this.#proseOrRest(begin)
    }
  }

  #proseOrRest(begin: number): Node {
    this.#skipRest(begin)
    const words = shown(this.#tokens.slice(begin, this.#at))
    const integer =
      /\b([A-Za-z])\s+(?:is|be|are|∈)?\s*(?:an?|any)?\s*(?:arbitrary\s+)?integers?\b/.exec(words)?.[1] ??
      /\bintegers?\s+([A-Za-z])\b/.exec(words)?.[1]
    if (integer !== undefined)
      return {
        kind: 'relation',
        sides: [
          { kind: 'variable', name: integer },
          { kind: 'region', name: 'Z' },
        ],
        signs: ['∈'],
      }
    return { kind: 'text', words }
  }

  #relation(): Node {
    const sides: Node[] = []
    const signs: RelationSign[] = []
    const defined = this.#definition()
    if (defined !== null) {
      sides.push(defined)
      signs.push('=')
      this.#at++
    }
    const leading = this.#relationSign()
    if (leading !== null) {
      // "= 5" and "\approx 3.1" continue a sentence.
      this.#at++
      if (leading === '=' || leading === '≈' || leading === '→') {
        const rest = this.#relation()
        return leading === '≈' ? { kind: 'relation', sides: [rest], signs: ['≈'] } : rest
      }
      return { kind: 'relation', sides: [{ kind: 'variable', name: '' }, this.#side()], signs: [leading] }
    }
    sides.push(this.#side())
    for (;;) {
      const sign = this.#relationSign()
      if (sign === null) break
      this.#at++
      // "a < = b"
      if ((sign === '<' || sign === '>') && this.#accept('=')) signs.push(sign === '<' ? '≤' : '≥')
      else signs.push(sign)
      sides.push(this.#side())
      if (sides.length > limits.items) throw new Undecidable(`the answer has more than ${limits.items} relations`)
    }
    const [first] = sides
    return first !== undefined && signs.length === 0 ? first : { kind: 'relation', sides, signs }
  }

  /** `x(t)` before an equals sign names a function, whatever its letter; null when something else stands there. */
  #definition(): Node | null {
    const name = this.#now
    if (name?.kind !== 'letter' || this.#peek(1)?.text !== '(' || this.#peek(1)?.spaced === true) return null
    const of: Node[] = []
    for (let index = this.#at + 2; index < this.#at + 12; index++) {
      const token = this.#tokens[index]
      if (token?.text === ')' && token.kind === 'sign') {
        if (this.#tokens[index + 1]?.text !== '=' || of.length === 0) return null
        this.#at = index + 1
        return { kind: 'application', name: name.text, arguments: of }
      }
      if (token?.kind === 'letter') of.push({ kind: 'variable', name: token.text })
      else if (token?.text !== ',') return null
    }
    return null
  }

  #relationSign(): RelationSign | null {
    const token = this.#now
    if (token === undefined || (token.kind !== 'sign' && token.kind !== 'command')) return null
    if (token.kind === 'command' && token.text === 'not') return null
    return own(relationSigns, token.text) ?? null
  }

  #side(): Node {
    const negative = this.#sign('-') && currencies.has(this.#peek(1)?.text ?? '')
    if (negative) this.#at++
    const currency = this.#now?.kind === 'sign' && currencies.has(this.#now.text) ? this.#now.text : null
    if (currency !== null) this.#at++
    const sets = this.#sets()
    const inner: Node = negative ? { kind: 'negative', of: sets } : sets
    if (currency !== null) {
      // "\$5 million", "\$5 per hour"
      const unit = this.#unit()
      return { kind: 'quantity', of: inner, unit: unit === null ? currency : `${currency} ${unit}` }
    }
    const after = this.#now
    if (after?.kind === 'sign' && currencies.has(after.text)) {
      this.#at++
      return { kind: 'quantity', of: inner, unit: after.text }
    }
    if (
      this.#command('pmod', 'bmod', 'mod') ||
      (this.#sign('(') && ['bmod', 'mod', 'pmod'].includes(this.#peek(1)?.text ?? ''))
    ) {
      const bracket = this.#accept('(')
      const name = this.#now?.text === 'bmod' && !bracket ? 'modulo' : 'congruent'
      this.#at++
      const modulus = this.#sign('{') ? this.#argument() : this.#product()
      if (bracket) this.#expect(')')
      return { kind: 'function', name, arguments: [inner, modulus] }
    }
    return this.#quantity(inner)
  }

  #quantity(of: Node): Node {
    if (this.#isWordAt(0, /^base$/i) && this.#peek(1)?.kind === 'number') {
      const base = Number(this.#peek(1)?.text)
      const based = of.kind === 'number' && of.decimals === null ? basedNumber(of.numerator.toString(), base) : null
      if (based !== null) {
        this.#at += 2
        return based
      }
    }
    const unit = this.#unit()
    if (unit === null) return of
    const quantity: Node = { kind: 'quantity', of, unit }
    // "3 hours 20 minutes"
    if (this.#sign('+', '-') && this.#peek(1)?.kind === 'number') {
      // "144 miles - 90 miles"
      const terms: Node[] = [quantity]
      while (this.#sign('+', '-')) {
        const of = this.#signed()
        const next = this.#unit()
        terms.push(next === null ? of : { kind: 'quantity', of, unit: next })
      }
      return { kind: 'sum', terms }
    }
    if (this.#now?.kind !== 'number') return quantity
    const rest = this.#sum()
    const unitOfRest = this.#unit()
    if (unitOfRest === null) throw new Malformed(`${this.#shown()} follows a unit`)
    return { kind: 'sum', terms: [quantity, { kind: 'quantity', of: rest, unit: unitOfRest }] }
  }

  /** Words after a number: `cm^2`, `miles per hour`, `apples`. */
  #unit(): string | null {
    const begin = this.#at
    if (this.#sign('{') && this.#peek(1)?.kind === 'word') return this.#unitGroup()
    if (this.#command('frac') && this.#peek(1)?.text === '{' && this.#peek(2)?.kind === 'word') {
      this.#at++
      const above = this.#unitGroup()
      const below = above === null ? null : this.#unitGroup()
      if (above !== null && below !== null) return `${above} per ${below}`
      this.#at = begin
      return null
    }
    if (this.#sign('-') && this.#peek(1)?.kind === 'word' && this.#peek(1)?.spaced === false) this.#at++
    let unit = ''
    for (;;) {
      const token = this.#now
      if (token === undefined) break
      if (token.kind === 'word' && !this.#separator() && !conditionals.has(token.text.toLowerCase()))
        unit += `${unit === '' ? '' : ' '}${token.text}`
      else if (unit !== '' && token.text === '^') {
        this.#at++
        const power = this.#argument()
        unit += `^${render(power)}`
        continue
      } else if (unit !== '' && token.text === '/' && this.#isUnitToken(1)) unit += ' per'
      else if (unit !== '' && token.text === '-' && this.#peek(1)?.kind === 'word') unit += ' '
      else if (unit !== '' && (token.text === 'cdot' || token.text === 'times') && this.#isUnitToken(1)) unit += ' '
      else if (unit !== '' && token.kind === 'letter' && unit.endsWith(' per')) unit += ` ${token.text}`
      else if (unit !== '' && token.text === '.' && this.#peek(1)?.kind !== 'number') unit += ''
      else break
      this.#at++
    }
    if (unit === '') this.#at = begin
    return unit === '' ? null : unit
  }

  #unitGroup(): string | null {
    if (!this.#accept('{')) return null
    const unit = this.#unit()
    return unit !== null && this.#accept('}') ? unit : null
  }

  #isUnitToken(ahead: number): boolean {
    const token = this.#peek(ahead)
    return token !== undefined && (token.kind === 'word' || token.kind === 'letter')
  }

  #isWordAt(ahead: number, pattern: RegExp): boolean {
    const token = this.#peek(ahead)
    return token !== undefined && token.kind === 'word' && pattern.test(token.text)
  }

  #sets(): Node {
    let left = this.#ratio()
    for (let parts = 0; ; parts++) {
      if (parts > limits.depth) throw new Undecidable(`the answer is nested deeper than ${limits.depth}`)
      const sign = this.#command('cup')
        ? 'union'
        : this.#command('cap')
          ? 'intersection'
          : this.#command('setminus')
            ? 'difference'
            : null
      if (sign !== null) {
        this.#at++
        left = { kind: 'set-operation', sign, left, right: this.#ratio() }
      } else if (this.#sign('-') && isRegion(left) && this.#sign('-') && this.#peek(1)?.text === '\\{') {
        this.#at++
        left = { kind: 'set-operation', sign: 'difference', left, right: this.#ratio() }
      } else return left
    }
  }

  #ratio(): Node {
    const first = this.#sum()
    const colon = this.#sign(':') && !this.#inBuilder && startsAtom(this.#peek(1)) && first.kind !== 'variable'
    const to = this.#isWordAt(0, /^to$/) && this.#peek(1)?.kind === 'number' && first.kind === 'number'
    if (!colon && !to) return first
    const parts: Node[] = [first]
    while (
      (this.#sign(':') && startsAtom(this.#peek(1))) ||
      (this.#isWordAt(0, /^to$/) && this.#peek(1)?.kind === 'number')
    ) {
      this.#at++
      parts.push(this.#sum())
    }
    return { kind: 'ratio', parts }
  }

  #sum(): Node {
    const terms: Node[] = [this.#signed()]
    for (;;) {
      if (this.#sign('-') && isRegion(terms[0]) && this.#peek(1)?.text === '\\{') break
      if (this.#sign('-') && this.#peek(1)?.kind === 'word') break
      if (!this.#sign('+', '-') && !this.#command('pm', 'mp')) break
      terms.push(this.#signed())
    }
    const [only] = terms
    const sum: Node = only !== undefined && terms.length === 1 ? only : { kind: 'sum', terms }
    // TeX's own forms divide the whole group.
    if (this.#accept('over')) return { kind: 'quotient', above: sum, below: this.#sum() }
    if (this.#accept('choose')) return { kind: 'function', name: 'binomial', arguments: [sum, this.#sum()] }
    return sum
  }

  #signed(): Node {
    return this.#deeper(() => {
      if (this.#accept('+')) return this.#signed()
      if (this.#accept('-')) return { kind: 'negative', of: this.#signed() }
      if (this.#accept('pm')) return { kind: 'either-sign', upper: 1, of: this.#signed() }
      if (this.#accept('mp')) return { kind: 'either-sign', upper: -1, of: this.#signed() }
      return this.#product()
    })
  }

  #product(stopsAtFunctions = false): Node {
    let left = this.#factor()
    let factors: Node[] = [left]
    let quotients = 0
    const flush = (): Node => {
      const [only] = factors
      return only !== undefined && factors.length === 1 ? only : { kind: 'product', factors }
    }
    for (;;) {
      const token = this.#now
      if (token === undefined) break
      if (stopsAtFunctions && (this.#sign('*') || this.#command('cdot', 'times'))) break
      if (this.#accept('*', 'cdot', 'times')) {
        factors.push(this.#signedFactor())
      } else if (!stopsAtFunctions && (this.#sign('/') || this.#command('div'))) {
        this.#at++
        if (++quotients > limits.depth) throw new Undecidable(`the answer is nested deeper than ${limits.depth}`)
        left = { kind: 'quotient', above: flush(), below: this.#signedFactor() }
        factors = [left]
      } else if (this.#multiplies(token, stopsAtFunctions)) {
        const before = factors.at(-1)
        const mixed = before === undefined ? null : this.#mixed(before)
        if (mixed !== null) factors[factors.length - 1] = mixed
        else {
          if (token.kind === 'number' && before?.kind === 'number')
            throw new Malformed('two numbers stand side by side')
          factors.push(this.#factor())
        }
      } else break
      if (factors.length > limits.items) throw new Undecidable(`a product has more than ${limits.items} factors`)
    }
    return flush()
  }

  #signedFactor(): Node {
    if (this.#accept('-')) return { kind: 'negative', of: this.#signedFactor() }
    if (this.#accept('+')) return this.#signedFactor()
    if (this.#accept('pm')) return { kind: 'either-sign', upper: 1, of: this.#signedFactor() }
    return this.#factor()
  }

  /** Whether the token begins a factor that multiplies what stands before it, without a sign between them. */
  #multiplies(token: Token, stopsAtFunctions: boolean): boolean {
    if (token.kind === 'number' || token.kind === 'letter') return true
    if (token.kind === 'word') return false
    if (token.kind === 'command') {
      if (stopsAtFunctions && functionNames.has(token.text)) return false
      // A fraction of words is a unit.
      if (token.text === 'frac' && this.#peek(1)?.text === '{' && this.#peek(2)?.kind === 'word') return false
      if (
        [
          'pm',
          'mp',
          'cup',
          'cap',
          'setminus',
          'div',
          'rfloor',
          'rceil',
          'rangle',
          'wedge',
          'vee',
          'implies',
          'iff',
          'pmod',
          'bmod',
          'mod',
          'forall',
          'choose',
          'over',
          'langle',
        ].includes(token.text)
      )
        return false
      return !token.text.startsWith('end{') && own(relationSigns, token.text) === undefined
    }
    if (token.text === '(')
      return !['bmod', 'mod', 'pmod'].includes(this.#peek(1)?.text ?? '') && !this.#isConditionBracket()
    if (token.text === '|' || token.text === '‖') return this.#bars === 0 && !this.#inBuilder
    if (token.text === '[') return !this.#inSquare
    return token.text === '{' && this.#peek(1)?.kind !== 'word'
  }

  /** `1\frac{1}{2}` and `1 1/2` are sums. */
  #mixed(before: Node): Node | null {
    if (before.kind !== 'number' || before.decimals !== null) return null
    const saved = this.#at
    if (this.#command('frac')) {
      const fraction = this.#factor()
      const inner = fraction.kind === 'percent' ? fraction.of : fraction
      if (inner.kind === 'quotient' && isProper(inner.above, inner.below)) {
        const sum: Node = { kind: 'sum', terms: [before, inner] }
        return fraction.kind === 'percent' ? { kind: 'percent', of: sum } : sum
      }
    } else if (
      this.#now?.kind === 'number' &&
      this.#now.spaced &&
      this.#peek(1)?.text === '/' &&
      this.#peek(2)?.kind === 'number'
    ) {
      const above = this.#factor()
      this.#at++
      const below = this.#factor()
      if (isProper(above, below)) return { kind: 'sum', terms: [before, { kind: 'quotient', above, below }] }
    }
    this.#at = saved
    return null
  }

  #factor(): Node {
    let node = this.#deeper<Node>(() => this.#atom())
    for (let marks = 0; ; marks++) {
      if (marks > limits.depth) throw new Undecidable(`the answer is nested deeper than ${limits.depth}`)
      if (this.#sign('^', '**')) {
        this.#at++
        if (this.#circle()) {
          node = this.#degrees(node)
          continue
        }
        if (this.#accept('prime')) {
          if (node.kind === 'variable') node = { kind: 'variable', name: `${node.name}'` }
          continue
        }
        const exponent = this.#deeper(() => this.#exponent())
        node = { kind: 'power', base: node, exponent }
      } else if (this.#sign('!') && !this.#now?.spaced) {
        this.#at++
        if (this.#sign('!') && !this.#now?.spaced) {
          this.#at++
          node = { kind: 'function', name: 'double-factorial', arguments: [node] }
        } else node = { kind: 'function', name: 'factorial', arguments: [node] }
      } else if (this.#accept('%')) node = { kind: 'percent', of: node }
      else if (this.#command('circ')) {
        this.#at++
        node = this.#degrees(node)
      } else if (this.#sign('_') && lettersOf(node) !== null) {
        this.#at++
        const base = this.#baseOf()
        const based = base === null ? null : basedNumber(lettersOf(node) ?? '', base)
        if (based === null) throw new Malformed('the subscript is no base')
        node = based
      } else if (this.#sign('_') && node.kind === 'number') {
        this.#at++
        const base = this.#baseOf()
        const based = base === null || node.decimals !== null ? null : basedNumber(node.numerator.toString(), base)
        if (based === null) throw new Malformed('the subscript of a number is no base')
        node = based
      } else return node
    }
  }

  #exponent(): Node {
    if (this.#accept('-')) return { kind: 'negative', of: this.#exponent() }
    if (this.#accept('+')) return this.#exponent()
    const base = this.#sign('(', '[') ? this.#atom() : this.#argument(true)
    if (!this.#sign('^', '**')) return base
    this.#at++
    return this.#deeper(() => ({ kind: 'power', base, exponent: this.#exponent() }))
  }

  /** Whether the exponent is the sign of degrees, which is then read. */
  #circle(): boolean {
    const alone = this.#now
    if (
      this.#command('circ') ||
      (alone !== undefined && alone.text === 'o' && (alone.kind === 'word' || alone.kind === 'letter'))
    ) {
      this.#at++
      return true
    }
    if (this.#sign('{') && /^(?:circ|o)$/.test(this.#peek(1)?.text ?? '') && this.#peek(2)?.text === '}') {
      this.#at += 3
      return true
    }
    return false
  }

  #degrees(of: Node): Node {
    const scale = this.#now
    if (scale !== undefined && (scale.kind === 'letter' || scale.kind === 'word') && /^[CFK]$/.test(scale.text)) {
      this.#at++
      return { kind: 'quantity', of, unit: `°${scale.text}` }
    }
    return { kind: 'degrees', of }
  }

  /** A group in braces, or one token; `whole`: a number without braces is taken whole, else its first digit, as LaTeX does. */
  #argument(whole_ = false): Node {
    const token = this.#now
    if (token === undefined) throw new Malformed('an argument is missing at the end')
    if (this.#accept('{')) {
      const bars = this.#bars
      this.#bars = 0
      const node = this.#list(() => this.#sign('}'))
      this.#bars = bars
      // A brace that is never closed: models forget the last one.
      if (this.#now !== undefined) this.#expect('}')
      return node
    }
    if (token.kind === 'number' && !whole_ && token.text.length > 1) {
      this.#tokens[this.#at] = { ...token, text: token.text.slice(1), spaced: false, grouped: false }
      return numberNode(token.text.slice(0, 1))
    }
    return this.#deeper(() => this.#atom())
  }

  #atom(): Node {
    const token = this.#now
    if (token === undefined) throw new Malformed('something is missing at the end')
    // ".\overline{3}"
    const leading = token.text === '.' ? this.#repeating('0') : null
    if (leading !== null) return leading
    if (token.kind === 'number') return this.#number(token)
    if (token.kind === 'letter') return this.#basedLetters() ?? this.#letter(token.text)
    if (token.kind === 'word') return this.#basedLetters() ?? this.#wordVariable(token.text)
    if (token.kind === 'command') return this.#commandAtom(token.text)
    const bracket = own(openings, token.text)
    if (bracket !== undefined) return this.#bracket(token.text, bracket)
    if (token.text === ']') return this.#bracket(']', ']')
    if (token.text === '|' || token.text === '‖') {
      this.#at++
      this.#bars++
      const builder = this.#inBuilder
      this.#inBuilder = false
      const inner = this.#list(() => this.#sign(token.text))
      this.#inBuilder = builder
      this.#bars--
      this.#expect(token.text)
      return { kind: 'function', name: 'abs', arguments: [inner] }
    }
    throw new Malformed(`${this.#shown()} is out of place`)
  }

  #number(token: Token & { kind: 'number' }): Node {
    const based = this.#basedLetters()
    if (based !== null) return based
    this.#at++
    return this.#repeating(token.text) ?? numberNode(token.text)
  }

  /** `0.1\overline{6}`, `0.\overline{3}`, `0.\dot{3}`. */
  #repeating(text: string): Node | null {
    let ahead = 0
    if (!text.includes('.')) {
      if (this.#peek(0)?.text !== '.' || this.#peek(0)?.spaced === true) return null
      ahead = 1
    }
    const command = this.#peek(ahead)
    if (command?.kind !== 'command' || !/^(?:overline|bar|dot)$/.test(command.text)) return null
    const braced = this.#peek(ahead + 1)?.text === '{'
    const digits = this.#peek(ahead + (braced ? 2 : 1))
    if (digits?.kind !== 'number' || digits.text.includes('.')) return null
    this.#at += ahead + (braced ? 4 : 2)
    const [before = '0', after = ''] = text.split('.')
    const scale = 10n ** BigInt(after.length)
    const period = 10n ** BigInt(digits.text.length) - 1n
    const numerator = BigInt(before + after) * period + BigInt(digits.text)
    return { kind: 'number', numerator, denominator: scale * period, decimals: null }
  }

  /** Digits with letters and a base: `1A3_{16}`, `\text{BA}_{16}`; null when it is something else. */
  #basedLetters(): Node | null {
    let end = this.#at
    let digits = ''
    while (end < this.#tokens.length && end < this.#at + 64) {
      const token = this.#tokens[end]
      if (token === undefined || token.kind === 'sign' || token.kind === 'command' || (end > this.#at && token.spaced))
        break
      digits += token.text
      end++
    }
    if (
      end === this.#at ||
      this.#tokens[end]?.text !== '_' ||
      !/^[0-9A-Fa-f]{2,}$/.test(digits) ||
      /^\d+$/.test(digits)
    )
      return null
    const saved = this.#at
    this.#at = end + 1
    const base = this.#baseOf()
    const based = base === null || base <= 10 ? null : basedNumber(digits, base)
    if (based === null) this.#at = saved
    return based
  }

  #baseOf(): number | null {
    const braced = this.#accept('{')
    const bracket = this.#accept('(')
    const token = this.#now
    if (token === undefined) return null
    const base = token.kind === 'number' ? Number(token.text) : numberWords.indexOf(token.text.toLowerCase())
    if (!Number.isInteger(base) || base < 2 || base > 36) return null
    this.#at++
    if (bracket && !this.#accept(')')) return null
    if (braced && !this.#accept('}')) return null
    return base
  }

  #letter(name: string): Node {
    this.#at++
    if (name === 'e' && !this.#sign('_')) return { kind: 'constant', name: 'e' }
    if (name === 'i' && !this.#sign('_')) return { kind: 'constant', name: 'i' }
    return this.#variable(name)
  }

  #wordVariable(word: string): Node {
    if (word.length > 1 && this.#peek(1)?.text !== '_' && this.#peek(1)?.text !== '(')
      throw new Malformed(`the word "${word}" is out of place`)
    this.#at++
    return this.#variable(word)
  }

  /** With subscripts and primes; a letter for a function before a bracket is applied. */
  #variable(letter: string): Node {
    let name = letter
    for (;;) {
      if (this.#accept('_')) name += `_${this.#subscript()}`
      else if (this.#sign("'") && !this.#now?.spaced) {
        this.#at++
        name += "'"
      } else break
    }
    if (letter === 'C' || letter === 'P') {
      const counted = this.#counted(letter, name)
      if (counted !== null) return counted
    }
    const inverse =
      this.#sign('^') &&
      this.#tokens
        .slice(this.#at + 1, this.#at + 5)
        .map(({ text }) => text)
        .join('') === '{-1}'
    const applies = functionLetters.test(letter) || name.length > 1
    if (applies && inverse && this.#peek(5)?.text === '(') {
      this.#at += 5
      name += '^-1'
    }
    if (applies && this.#sign('(') && !this.#now?.spaced) {
      this.#at++
      const inner = this.#list(() => this.#sign(')'))
      this.#expect(')')
      return {
        kind: 'application',
        name,
        arguments: inner.kind === 'sequence' && inner.open === '' ? inner.items : [inner],
      }
    }
    return { kind: 'variable', name }
  }

  /** `C(5,2)` and `C_5^2`: combinations; null when the letter is a variable. */
  #counted(letter: string, name: string): Node | null {
    const sub = /^[CP]_(\d{1,6})$/.exec(name)?.[1]
    if (sub !== undefined && this.#sign('^')) {
      const saved = this.#at
      this.#at++
      const above = this.#exponent()
      if (above.kind === 'number' && Number(sub) >= 2) {
        const [n, k] =
          Number(sub) >= Number(above.numerator) ? [whole(Number(sub)), above] : [above, whole(Number(sub))]
        return countOf(letter, n, k)
      }
      this.#at = saved
    }
    if (name !== letter || !this.#sign('(') || this.#now?.spaced) return null
    const saved = this.#at
    this.#at++
    const inner = this.#list(() => this.#sign(')'))
    if (inner.kind === 'sequence' && inner.open === '' && inner.items.length === 2 && this.#accept(')')) {
      const [n, k] = inner.items
      if (
        n !== undefined &&
        k !== undefined &&
        n.kind === 'number' &&
        k.kind === 'number' &&
        n.numerator >= k.numerator
      )
        return countOf(letter, n, k)
    }
    this.#at = saved
    return null
  }

  /** In one order: `n+1` and `1+n` are one index. */
  #subscript(): string {
    const text = this.#rawSubscript()
    return /^\w+(?:\+\w+)+$/.test(text) ? text.split('+').sort().reverse().join('+') : text
  }

  #rawSubscript(): string {
    if (!this.#sign('{')) {
      const token = this.#now
      if (token === undefined) throw new Malformed('a subscript is missing')
      this.#at++
      return token.text
    }
    let depth = 0
    let text = ''
    for (;;) {
      const token = this.#now
      if (token === undefined) throw new Malformed('a subscript is never closed')
      this.#at++
      if (token.text === '{') depth++
      else if (token.text === '}' && --depth === 0) return text
      else text += token.text
    }
  }

  #commandAtom(name: string): Node {
    const argument = (): Node => this.#argument()
    if (functionNames.has(name)) return this.#function(name)
    this.#at++
    switch (name) {
      case 'frac':
        return { kind: 'quotient', above: argument(), below: argument() }
      case 'binom': {
        const above = argument()
        return { kind: 'function', name: 'binomial', arguments: [above, argument()] }
      }
      case 'pi':
        return { kind: 'constant', name: 'pi' }
      case 'infty':
        return { kind: 'constant', name: 'infinity' }
      case 'lfloor':
      case 'lceil': {
        const close = name === 'lfloor' ? 'rfloor' : 'rceil'
        const inner = this.#list(() => this.#command(close))
        this.#expect(close)
        return { kind: 'function', name: name === 'lfloor' ? 'floor' : 'ceil', arguments: [inner] }
      }
      case 'langle':
        this.#at--
        return this.#bracket('langle', '<')
      case 'emptyset':
        return { kind: 'region', name: 'empty' }
      case 'ldots':
        return { kind: 'variable', name: '…' }
      case 'sum':
      case 'prod':
        return this.#series(name === 'sum')
      case 'not': {
        const next = this.#now?.text ?? ''
        throw new Undecidable(`\\not${next} is not understood`)
      }
      default:
    }
    if (name === 'mathbb' || name === 'mathbf') {
      const letter = this.#sign('{') ? this.#subscript() : (this.#tokens[this.#at++]?.text ?? '')
      if (/^[RZNQC]$/.test(letter)) return this.#region(letter)
      return this.#variable(letter)
    }
    if (/^[RZNQC]$/.test(name)) return this.#region(name)
    if (decorations.has(name)) {
      const inner = this.#sign('{') ? this.#subscript() : (this.#tokens[this.#at++]?.text ?? '')
      if (/^(?:hat|widehat|vec)$/.test(name) && /^[ijk]$/.test(inner.replace('imath', 'i').replace('jmath', 'j')))
        return { kind: 'variable', name: `unit ${inner.slice(0, 1)}` }
      return this.#variable(inner)
    }
    if (/^(?:angle|triangle|cancel)$/.test(name)) {
      if (name === 'cancel') throw new Malformed('what is cancelled stands there')
      let letters = ''
      while (this.#now?.kind === 'letter') {
        letters += this.#now.text
        this.#at++
      }
      return { kind: 'variable', name: `${name} ${letters}` }
    }
    if (/^(?:int|iint|iiint|oint|lim|limsup|liminf)$/.test(name))
      throw new Unevaluated(`\\${name} is not evaluated here`)
    if (/^unit [ijk]$/.test(name)) return { kind: 'variable', name }
    if (greekLetters.has(name)) return this.#variable(name)
    if (name.startsWith('begin{')) return this.#environment(name.slice(6, -1))
    throw new Undecidable(`\\${name} is not understood`)
  }

  #region(letter: string): Node {
    if (letter === 'R' || letter === 'Q' || letter === 'Z' || letter === 'N' || letter === 'C') {
      const sup = this.#sign('^') || this.#sign('_')
      if (!sup) return { kind: 'region', name: letter }
      this.#at++
      const mark = this.#sign('{') ? this.#subscript() : (this.#tokens[this.#at++]?.text ?? '')
      const zero: Node = whole(0)
      if (mark === '+' || mark === '>0') {
        if (letter === 'R')
          return { kind: 'sequence', open: '(', close: ')', items: [zero, { kind: 'constant', name: 'infinity' }] }
        if (letter === 'Z') return { kind: 'region', name: 'N' }
      }
      if (mark === '-' && letter === 'R')
        return {
          kind: 'sequence',
          open: '(',
          close: ')',
          items: [{ kind: 'negative', of: { kind: 'constant', name: 'infinity' } }, zero],
        }
      return { kind: 'variable', name: `${letter}^${mark}` }
    }
    return { kind: 'variable', name: letter }
  }

  #function(name: string): Node {
    this.#at++
    if (name === 'sqrt' || name === 'cbrt') {
      let index: Node = whole(name === 'sqrt' ? 2 : 3)
      if (this.#accept('[')) {
        index = this.#list(() => this.#sign(']'))
        this.#expect(']')
      }
      const radicand = this.#sign('(') ? this.#atom() : this.#argument(true)
      return { kind: 'function', name: 'root', arguments: [radicand, index] }
    }
    let base: Node | null = null
    let power: Node | null = null
    for (let mark = 0; mark < 2; mark++) {
      if (this.#accept('_')) base = this.#argument(true)
      else if (this.#accept('^')) power = this.#exponent()
    }
    const inner = this.#deeper(() => this.#functionArgument())
    const parts = inner.kind === 'sequence' && inner.open === '' ? inner.items : [inner]
    const inverse =
      power?.kind === 'negative' &&
      power.of.kind === 'number' &&
      power.of.numerator === 1n &&
      /^(?:sin|cos|tan|cot|sec|csc|sinh|cosh|tanh)$/.test(name)
    const plain: Node = {
      kind: 'function',
      name: inverse ? `arc${name}` : name.replace(/^a(?=(?:sin|cos|tan)h?$)/, 'arc'),
      arguments: base === null ? parts : [...parts, base],
    }
    return power === null || inverse ? plain : { kind: 'power', base: plain, exponent: power }
  }

  #functionArgument(): Node {
    if (this.#sign('(', '[', '\\{')) {
      const close = own(groupsOf, this.#now?.text ?? '') ?? ')'
      this.#at++
      const bars = this.#bars
      this.#bars = 0
      const inner = this.#list(() => this.#sign(close))
      this.#bars = bars
      this.#expect(close)
      return inner
    }
    if (this.#sign('{')) return this.#argument()
    if (this.#accept('-')) return { kind: 'negative', of: this.#product(true) }
    return this.#product(true)
  }

  #series(sum: boolean): Node {
    let variable = ''
    let from: Node | null = null
    let to: Node | null = null
    for (let mark = 0; mark < 2; mark++) {
      if (this.#accept('_')) {
        const lower = this.#argument()
        if (lower.kind !== 'relation' || lower.sides.length !== 2 || lower.signs[0] !== '=')
          throw new Undecidable('the range of a sum is not understood')
        const [name, first] = lower.sides
        if (name === undefined || first === undefined) throw new Undecidable('the range of a sum is not understood')
        variable = name.kind === 'variable' ? name.name : name.kind === 'constant' ? name.name : ''
        from = first
      } else if (this.#accept('^')) to = this.#exponent()
    }
    if (from === null || to === null || variable === '') throw new Undecidable('the range of a sum is not understood')
    const body = this.#deeper(() => this.#product())
    return { kind: 'series', sum, variable, from, to, body }
  }

  #environment(name: string): Node {
    const plain = name.replace('*', '')
    const rows: Node[][] = []
    const bars = this.#bars
    this.#bars = 0
    this.#inMatrix++
    const ended = (): boolean => this.#now === undefined || this.#command(`end{${name}}`)
    if (!matrices.has(plain) && !layouts.has(plain)) throw new Undecidable(`the environment ${name} is not understood`)
    while (!ended()) {
      const row: Node[] = []
      while (!ended() && !this.#sign('\\\\')) {
        while (this.#accept('&', ',', '.')) {
          // Between cells.
        }
        if (ended() || this.#sign('\\\\')) break
        row.push(this.#item())
        if (!ended() && !this.#sign('\\\\', '&', ',', '.'))
          throw new Malformed(`${this.#shown()} is left over in a matrix`)
      }
      if (row.length > 0) rows.push(row)
      this.#accept('\\\\')
      if (rows.length > limits.items || row.length > limits.items) throw new Undecidable('a matrix is too large')
    }
    this.#accept(`end{${name}}`)
    this.#inMatrix--
    this.#bars = bars
    if (layouts.has(plain)) {
      const items = rows.map(([first, ...rest]): Node => {
        if (first === undefined) throw new Malformed('a row is empty')
        return rest.length === 0 ? first : { kind: 'conditional', of: first, conditions: rest }
      })
      const [only] = items
      if (only === undefined) throw new Malformed('nothing stands there')
      return items.length === 1 ? only : { kind: 'sequence', open: '', close: '', items }
    }
    if (rows.length === 0 || rows.some((row) => row.length !== rows[0]?.length))
      throw new Malformed('the rows of a matrix differ in length')
    return { kind: 'matrix', rows, bars: /^[vV]/.test(plain) }
  }

  #bracket(text: string, open: Opening): Node {
    this.#at++
    const bars = this.#bars
    const builder = this.#inBuilder
    const matrix = this.#inMatrix
    this.#bars = 0
    const square = this.#inSquare
    this.#inBuilder = open === '{'
    this.#inSquare = open === '[' || open === ']'
    this.#inMatrix = 0
    const closing = (): Closing | null => {
      const token = this.#now
      if (token === undefined || (token.kind !== 'sign' && token.kind !== 'command')) return null
      if (open === ']' && token.text === '[') return '['
      if (open === '[' && token.text === '[') return endsOperand(this.#tokens[this.#at - 1]) ? '[' : null
      if (open === ']' && token.text === ']') return ']'
      return own(closings, token.text) ?? null
    }
    if (closing() !== null && open === '{') {
      this.#at++
      this.#bars = bars
      this.#inBuilder = builder
      this.#inMatrix = matrix
      this.#inSquare = square
      this.#inSquare = square
      return { kind: 'region', name: 'empty' }
    }
    const node = this.#list(() => closing() !== null || (open === '{' && this.#sign('|', ':')))
    if (open === '{' && this.#accept('|', ':')) {
      this.#inBuilder = false
      const conditions = this.#list(() => closing() !== null)
      this.#close(closing())
      this.#bars = bars
      this.#inBuilder = builder
      this.#inMatrix = matrix
      this.#inSquare = square
      this.#inSquare = square
      return {
        kind: 'set-builder',
        element: node,
        conditions: conditions.kind === 'sequence' && conditions.open === '' ? conditions.items : [conditions],
      }
    }
    const close = closing()
    this.#close(close)
    this.#bars = bars
    this.#inBuilder = builder
    this.#inMatrix = matrix
    this.#inSquare = square
    const items = node.kind === 'sequence' && node.open === '' ? node.items : null
    // `{…}` without backslashes groups; with commas it is a set.
    if (items === null && (text === '{' || (open === '(' && close === ')') || (open === '[' && close === ']')))
      return node
    if (items === null && open !== '{' && open !== '<') throw new Malformed('a bracket is closed by another one')
    return { kind: 'sequence', open, close: close ?? ')', items: items ?? [node] }
  }

  /** Brackets that were never closed at the end of an answer are taken as closed. */
  #close(close: Closing | null): void {
    if (close !== null) this.#at++
    else if (this.#now !== undefined) throw new Malformed(`${this.#shown()} stands where a bracket should close`)
  }
}

/** The letters of a product of variables, as the digits BA of a number in base 16; null when it is something else. */
function lettersOf(node: Node): string | null {
  if (node.kind !== 'product') return null
  let letters = ''
  for (const factor of node.factors) {
    if (factor.kind === 'constant' && factor.name === 'e') letters += 'E'
    else if (factor.kind === 'variable' && /^[A-F]$/.test(factor.name)) letters += factor.name
    else return null
  }
  return letters
}

/** Combinations, or ordered selections. */
function countOf(letter: string, n: Node, k: Node): Node {
  if (letter === 'C') return { kind: 'function', name: 'binomial', arguments: [n, k] }
  const rest: Node = { kind: 'sum', terms: [n, { kind: 'negative', of: k }] }
  const factorial = (of: Node): Node => ({ kind: 'function', name: 'factorial', arguments: [of] })
  return { kind: 'quotient', above: factorial(n), below: factorial(rest) }
}

/** A few words that name what follows, without denying or hedging it. */
function isLabel(words: readonly string[]): boolean {
  const content = words.map((word) => word.toLowerCase()).filter((word) => /\p{L}/u.test(word))
  const last = content.at(-1) ?? ''
  const named = /^(?:is|are|equals|be|was)$/.test(last) ? content.slice(0, -1) : content
  return named.length <= 6 && !named.some((word) => hedges.has(word))
}

/** Whether an operand may end with the token. */
function endsOperand(token: Token | undefined): boolean {
  return (
    token !== undefined &&
    (token.kind === 'number' ||
      token.kind === 'letter' ||
      (token.kind === 'command' && /^(?:infty|pi)$/.test(token.text)) ||
      [')', '}', '!'].includes(token.text))
  )
}

function isTextual(token: Token | undefined): boolean {
  return (
    token !== undefined &&
    (token.kind === 'word' || (token.kind === 'sign' && /^[-'".?]$/.test(token.text) && token.text !== '-'))
  )
}

function isCloser(token: Token): boolean {
  return token.kind !== 'number' && (own(closings, token.text) !== undefined || token.text.startsWith('end{'))
}

function startsAtom(token: Token | undefined): boolean {
  return (
    token !== undefined &&
    token.kind !== 'word' &&
    (token.kind !== 'sign' || ['(', '[', '{', '-', '+', '|'].includes(token.text))
  )
}

function isRegion(node: Node | undefined): boolean {
  return node !== undefined && (node.kind === 'region' || node.kind === 'set-operation')
}

function isProper(above: Node, below: Node): boolean {
  return (
    above.kind === 'number' &&
    below.kind === 'number' &&
    above.decimals === null &&
    below.decimals === null &&
    above.numerator < below.numerator
  )
}

function shown(tokens: readonly Token[]): string {
  return tokens
    .map(({ text, spaced }, index) => (index > 0 && spaced ? ` ${text}` : text))
    .join('')
    .slice(0, limits.answer)
}

/** An integer or a decimal number, with an exponent of ten perhaps. */
function numberNode(text: string): Node {
  const [mantissa = '', exponent] = text.split(/[eE]/)
  const [before = '', after] = mantissa.split('.')
  const power = exponent === undefined ? 0 : Number(exponent)
  if (Math.abs(power) > limits.digits) throw new Undecidable('an exponent of ten is too large')
  const digits = BigInt(before + (after ?? '') || '0')
  const shift = power - (after?.length ?? 0)
  const decimals = after === undefined && exponent === undefined ? null : Math.max(0, -shift)
  return shift >= 0
    ? { kind: 'number', numerator: digits * 10n ** BigInt(shift), denominator: 1n, decimals }
    : { kind: 'number', numerator: digits, denominator: 10n ** BigInt(-shift), decimals }
}

function basedNumber(digits: string, base: number): Node | null {
  let value = 0n
  for (const digit of digits.toUpperCase()) {
    const worth = Number.parseInt(digit, 36)
    if (Number.isNaN(worth) || worth >= base) return null
    value = value * BigInt(base) + BigInt(worth)
  }
  return { kind: 'based', digits: digits.toUpperCase().replace(/^0+(?=.)/, ''), base, value }
}

/** `k\pi, k \in \mathbb{Z}`: relations that restrict a letter of what stands before them are its conditions. */
function jointOf(token: Token | undefined): 'and' | 'or' | undefined {
  if (token === undefined || (token.kind !== 'word' && token.kind !== 'command')) return undefined
  return /^(?:or|oder|ou|или|或|vee)$/i.test(token.text) ? 'or' : 'and'
}

function withConditions(items: readonly Node[], joint: 'and' | 'or' | undefined): Node {
  const [first] = items
  if (first === undefined) throw new Malformed('nothing stands there')
  if (items.length === 1) return first
  let last = items.length
  while (last > 1 && isRestriction(items[last - 1])) last--
  if (last === items.length || items.slice(0, last).every(isRestriction))
    return { kind: 'sequence', open: '', close: '', items, ...(joint === undefined ? {} : { joint }) }
  const rest = items.slice(0, last)
  const of: Node =
    rest.length === 1
      ? first
      : { kind: 'sequence', open: '', close: '', items: rest, ...(joint === undefined ? {} : { joint }) }
  return { kind: 'conditional', of, conditions: items.slice(last) }
}

function isRestriction(node: Node | undefined): boolean {
  if (node === undefined) return false
  if (node.kind === 'text') return /\binteger/.test(node.words) && /\s/.test(node.words)
  return (
    node.kind === 'relation' &&
    node.signs.every((sign) => sign === '∈' || sign === '∉') &&
    node.sides.some(({ kind }) => kind === 'region')
  )
}
