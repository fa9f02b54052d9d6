import { basedNumber, countOf, itemsIn, markedRegion, numberNode, repeatingNumber } from './build-node.ts'
import { Cursor } from './cursor.ts'
import { Malformed } from './errors.ts'
import { type Node, whole } from './node.ts'
import { functionLetters, numberWords } from './symbols.ts'
import type { Token } from './token.ts'

/** How many digits and letters a number in another base may have. */
const basedLength = 64

/**
 * Numbers, variables and the sets of numbers.
 *
 *   number    digits [('\overline' | '\dot') group] | digits '_' base
 *   variable  letter ('_' subscript | "'")* ['^{-1}'] ['(' list ')']
 *   counted   ('C' | 'P') ('(' list ')' | '_' number '^' exponent)
 *   region    ('R' | 'Z' | 'N' | 'Q' | 'C') [('^' | '_') mark]
 */
export abstract class NameParser extends Cursor {
  /** Items up to `ends` or the end of the text. One item alone is that item. */
  protected abstract list(ends: () => boolean): Node
  protected abstract exponent(): Node

  protected number(token: Token & { kind: 'number' }): Node {
    const based = this.#basedLetters()
    if (based !== null) return based
    this.at++
    return this.repeating(token.text) ?? numberNode(token.text)
  }

  /** `0.1\overline{6}`, `0.\overline{3}`, `0.\dot{3}`, of which `text` is read; null when nothing repeats. */
  protected repeating(text: string): Node | null {
    let ahead = 0
    if (!text.includes('.')) {
      if (this.now?.text !== '.' || this.now.spaced) return null
      ahead = 1
    }
    const command = this.peek(ahead)
    if (command?.kind !== 'command' || !/^(?:overline|bar|dot)$/.test(command.text)) return null
    const braced = this.peek(ahead + 1)?.text === '{'
    const digits = this.peek(ahead + (braced ? 2 : 1))
    if (digits?.kind !== 'number' || digits.text.includes('.')) return null
    this.at += ahead + (braced ? 4 : 2)
    return repeatingNumber(text, digits.text)
  }

  /** Digits with letters and a base: `1A3_{16}`, `\text{BA}_{16}`; null when it is something else. */
  #basedLetters(): Node | null {
    const begin = this.at
    let end = begin
    let digits = ''
    for (; end < begin + basedLength; end++) {
      const token = this.tokens[end]
      if (token === undefined || token.kind === 'sign' || token.kind === 'command') break
      if (end > begin && token.spaced) break
      digits += token.text
    }
    const lettered = /^[0-9A-Fa-f]{2,}$/.test(digits) && !/^\d+$/.test(digits)
    if (!lettered || this.tokens[end]?.text !== '_') return null
    this.at = end + 1
    const base = this.base()
    const based = base === null || base <= 10 ? null : basedNumber(digits, base)
    if (based === null) this.at = begin
    return based
  }

  /** The base in a subscript, from 2 to 36; null, with the place anywhere, when it is none. */
  protected base(): number | null {
    const braced = this.accept('{')
    const bracket = this.accept('(')
    const token = this.now
    if (token === undefined) return null
    const base = token.kind === 'number' ? Number(token.text) : numberWords.indexOf(token.text.toLowerCase())
    if (!Number.isInteger(base) || base < 2 || base > 36) return null
    this.at++
    if (bracket && !this.accept(')')) return null
    if (braced && !this.accept('}')) return null
    return base
  }

  /** A letter: a digit of a number in another base, a constant or a variable. */
  protected letter(name: string): Node {
    const based = this.#basedLetters()
    if (based !== null) return based
    this.at++
    if ((name === 'e' || name === 'i') && !this.isSign('_')) return { kind: 'constant', name }
    return this.variable(name)
  }

  /** A word that is a name, as one of several letters only before a subscript or a bracket. Throws Malformed for others. */
  protected wordVariable(word: string): Node {
    const based = this.#basedLetters()
    if (based !== null) return based
    if (word.length > 1 && this.peek(1)?.text !== '_' && this.peek(1)?.text !== '(')
      throw new Malformed(`the word "${word}" is out of place`)
    this.at++
    return this.variable(word)
  }

  /** With subscripts and primes; a letter for a function before a bracket is applied. */
  protected variable(letter: string): Node {
    let name = letter
    for (;;) {
      if (this.accept('_')) name += `_${this.#subscript()}`
      else if (this.isSign("'") && !this.now?.spaced) {
        this.at++
        name += "'"
      } else break
    }
    if (letter === 'C' || letter === 'P') {
      const counted = this.#counted(letter, name)
      if (counted !== null) return counted
    }
    // f^{(n)} is a derivative, not a power.
    if (functionLetters.test(letter) && this.isSign('^') && this.peek(1)?.text === '{' && this.peek(2)?.text === '(') {
      this.at++
      name += `^${this.group()}`
    }
    const applies = functionLetters.test(letter) || name.length > 1
    if (applies && this.#isInverse() && this.peek(5)?.text === '(') {
      this.at += 5
      name += '^-1'
    }
    if (!applies || !this.isSign('(') || this.now?.spaced) return { kind: 'variable', name }
    this.at++
    // P(A | B): a bar divides there.
    const { inBuilder } = this
    this.inBuilder = true
    const inner = itemsIn(this.list(() => this.isSign(')', '|')))
    const given = this.accept('|') ? itemsIn(this.list(() => this.isSign(')'))) : null
    this.inBuilder = inBuilder
    this.expect(')')
    return given === null
      ? { kind: 'application', name, arguments: inner }
      : { kind: 'application', name: `${name}|`, arguments: [...inner, ...given] }
  }

  /** `^{-1}` stands there. */
  #isInverse(): boolean {
    if (!this.isSign('^')) return false
    const exponent = this.tokens.slice(this.at + 1, this.at + 5)
    return exponent.map(({ text }) => text).join('') === '{-1}'
  }

  /** `C(5,2)` and `C_5^2`: combinations; null when the letter is a variable. */
  #counted(letter: string, name: string): Node | null {
    const below = /^[CP]_(\d{1,6})$/.exec(name)?.[1]
    // Only numbers are looked for, so that nothing is read twice.
    const ahead = this.tokens.slice(this.at, this.at + 5)
    const shape = ahead.map(({ kind, text }) => (kind === 'number' && /^\d{1,6}$/.test(text) ? '1' : text)).join('')
    const numbers = ahead.filter(({ kind }) => kind === 'number').map(({ text }) => Number(text))
    if (below !== undefined && Number(below) >= 2 && /^\^(?:1|\{1\})/.test(shape)) {
      const [above = 0] = numbers
      this.at += shape.startsWith('^{') ? 4 : 2
      return countOf(letter, whole(Math.max(Number(below), above)), whole(Math.min(Number(below), above)))
    }
    const [n = 0, k = 0] = numbers
    if (name !== letter || this.now?.spaced === true || shape !== '(1,1)' || n < k) return null
    this.at += 5
    return countOf(letter, whole(n), whole(k))
  }

  /** In one order: `n+1` and `1+n` are one index. Throws Malformed when it is missing or never closed. */
  #subscript(): string {
    if (this.now === undefined) throw new Malformed('a subscript is missing')
    return this.group()
  }

  /** The text of a group in braces or of one token, the terms of a sum in one order; nothing at the end. Throws Malformed when it is never closed. */
  protected group(): string {
    const text = this.isSign('{') ? this.#braced() : (this.tokens[this.at++]?.text ?? '')
    return /^\w+(?:\+\w+)+$/.test(text) ? text.split('+').sort().reverse().join('+') : text
  }

  #braced(): string {
    let depth = 0
    let text = ''
    for (;;) {
      const token = this.now
      if (token === undefined) throw new Malformed('a subscript is never closed')
      this.at++
      if (token.text === '{') depth++
      else if (token.text === '}' && --depth === 0) return text
      else text += token.text
    }
  }

  /** A set of numbers by its letter; a variable for other letters. */
  protected region(letter: string): Node {
    if (letter !== 'R' && letter !== 'Q' && letter !== 'Z' && letter !== 'N' && letter !== 'C')
      return this.variable(letter)
    const sign = this.now?.text ?? ''
    if (!this.accept('^', '_')) return { kind: 'region', name: letter }
    return markedRegion(letter, sign, this.group())
  }
}
