import { limits, Undecidable } from '../limits.ts'
import { own } from '../own.ts'
import { basedNumber, called, digitsOf, isProper, isVector, lettersOf, numberNode, productOf } from './build-node.ts'
import { CommandParser } from './command-parser.ts'
import { tooDeep } from './cursor.ts'
import { Malformed } from './errors.ts'
import { type Node, whole } from './node.ts'
import { openings, productEnds, relationSigns } from './symbols.ts'
import type { Token } from './token.ts'
import { isModulus, isUnitName } from './token-predicates.ts'
import { functionNames } from './vocabulary.ts'

/**
 * Products and what they multiply.
 *
 *   product   factor (('\cdot' | '/' | nothing) factor)*
 *   factor    atom ('^' exponent | '!' | '!!' | '%' | '^\circ' | '_' base)*
 *   mixed     number '\frac' argument argument | number number '/' number
 *   exponent  ['-' | '+'] (bracket | argument) ['^' exponent]
 *   argument  '{' list '}' | digit | atom
 *   atom      number | letter | word | command | bracket | bars
 */
export abstract class ProductParser extends CommandParser {
  protected product(stopsAtFunctions = false): Node {
    let factors: Node[] = [this.#factor()]
    let quotients = 0
    for (;;) {
      const token = this.now
      if (token === undefined) break
      if (stopsAtFunctions && (this.isSign('*') || this.isCommand('cdot', 'times'))) break
      const cross = this.isCommand('times')
      if (this.accept('*', 'cdot', 'times')) this.#multiplied(factors, cross)
      else if (!stopsAtFunctions && (this.isSign('/') || this.isCommand('div'))) {
        this.at++
        if (++quotients > limits.depth) throw tooDeep()
        factors = [{ kind: 'quotient', above: productOf(factors), below: this.#signedFactor() }]
      } else if (this.#multiplies(token, stopsAtFunctions)) this.#juxtaposed(token, factors)
      else break
      if (factors.length > limits.items) throw new Undecidable(`a product has more than ${limits.items} factors`)
    }
    return productOf(factors)
  }

  /** A factor after a sign of multiplication; between vectors a cross is their product, which does not commute. */
  #multiplied(factors: Node[], cross: boolean): void {
    const before = factors.at(-1)
    const factor = this.#signedFactor()
    if (cross && before !== undefined && isVector(before) && isVector(factor))
      factors[factors.length - 1] = { kind: 'application', name: '×', arguments: [before, factor] }
    else factors.push(factor)
  }

  /** A factor without a sign before it, added to the others; after a number a fraction may make it a mixed one. */
  #juxtaposed(token: Token, factors: Node[]): void {
    const before = factors.at(-1)
    const mixed = before === undefined ? null : this.#mixed(before)
    if (mixed !== null) factors[factors.length - 1] = mixed
    else {
      if (token.kind === 'number' && before?.kind === 'number') throw new Malformed('two numbers stand side by side')
      factors.push(this.#factor())
    }
  }

  #signedFactor(): Node {
    if (this.accept('-')) return { kind: 'negative', of: this.#signedFactor() }
    if (this.accept('+')) return this.#signedFactor()
    if (this.accept('pm')) return { kind: 'either-sign', upper: 1, of: this.#signedFactor() }
    return this.#factor()
  }

  /** Whether the token begins a factor that multiplies what stands before it, without a sign between them. */
  #multiplies(token: Token, stopsAtFunctions: boolean): boolean {
    switch (token.kind) {
      case 'number':
      case 'letter':
        return true
      case 'word':
        return false
      case 'command':
        return !(stopsAtFunctions && functionNames.has(token.text)) && this.#isFactor(token.text)
      case 'sign':
        return this.#opensFactor(token.text)
    }
  }

  #isFactor(command: string): boolean {
    // A fraction of words is a unit.
    if (command === 'frac' && this.peek(1)?.text === '{' && this.peek(2)?.kind === 'word') return false
    return !productEnds.has(command) && !command.startsWith('end{') && own(relationSigns, command) === undefined
  }

  #opensFactor(sign: string): boolean {
    if (sign === '(') return !isModulus(this.peek(1)) && !this.isConditionBracket()
    if (sign === '|' || sign === '‖') return this.bars === 0 && !this.inBuilder
    if (sign === '[') return !this.inSquare
    return sign === '{' && this.peek(1)?.kind !== 'word'
  }

  /** `1\frac{1}{2}` and `1 1/2` are sums; null, and nothing read, when what follows is no proper fraction. */
  #mixed(before: Node): Node | null {
    if (before.kind !== 'number' || before.decimals !== null) return null
    const begin = this.at
    if (this.#isPlainFrac()) {
      const fraction = this.#factor()
      const inner = fraction.kind === 'percent' ? fraction.of : fraction
      if (inner.kind === 'quotient' && isProper(inner.above, inner.below)) {
        const sum: Node = { kind: 'sum', terms: [before, inner] }
        return fraction.kind === 'percent' ? { kind: 'percent', of: sum } : sum
      }
    } else if (this.#isPlainFraction()) {
      const above = this.#factor()
      this.at++
      const below = this.#factor()
      if (isProper(above, below)) return { kind: 'sum', terms: [before, { kind: 'quotient', above, below }] }
    }
    this.at = begin
    return null
  }

  /** `\frac` with numbers above and below stands there, and nothing else in them. */
  #isPlainFrac(): boolean {
    if (!this.isCommand('frac')) return false
    const shape = this.tokens
      .slice(this.at + 1, this.at + 7)
      .map(({ kind, text }) => (kind === 'number' ? (text.length === 1 ? '1' : '2') : text))
    return /^(?:2|11|1\{[12]\}|\{[12]\}(?:1|2|\{[12]\}))/.test(shape.join(''))
  }

  /** ` 1/2` stands there, after white space. */
  #isPlainFraction(): boolean {
    const token = this.now
    if (token?.kind !== 'number' || !token.spaced) return false
    return this.peek(1)?.text === '/' && this.peek(2)?.kind === 'number'
  }

  #factor(): Node {
    let node = this.deeper<Node>(() => this.atom())
    for (let marks = 0; ; marks++) {
      if (marks > limits.depth) throw tooDeep()
      if (this.accept('^', '**')) node = this.#raised(node)
      else if (this.isSign('!') && !this.now?.spaced) node = this.#factorial(node)
      else if (this.accept('%')) node = { kind: 'percent', of: node }
      else if (this.accept('circ')) node = this.#circled(node)
      else if (this.isSign('_') && (node.kind === 'number' || lettersOf(node) !== null)) node = this.#based(node)
      else return node
    }
  }

  /** After `^`: a power, degrees, or a prime. */
  #raised(node: Node): Node {
    if (this.#acceptCircle()) return this.#degrees(node)
    if (this.accept('prime')) return node.kind === 'variable' ? { kind: 'variable', name: `${node.name}'` } : node
    return { kind: 'power', base: node, exponent: this.deeper(() => this.exponent()) }
  }

  /** `f \circ g` is a composition, `30\circ` an angle. */
  #circled(of: Node): Node {
    if (of.kind !== 'variable' || this.now?.kind !== 'letter') return this.#degrees(of)
    return { kind: 'application', name: '∘', arguments: [of, this.#factor()] }
  }

  #factorial(of: Node): Node {
    this.at++
    if (!this.isSign('!') || this.now?.spaced) return called('factorial', of)
    this.at++
    return called('double-factorial', of)
  }

  /** A number with its base in a subscript. Throws Malformed when that is none. */
  #based(node: Node): Node {
    this.at++
    const base = this.base()
    const digits = digitsOf(node)
    const based = base === null || digits === null ? null : basedNumber(digits, base)
    if (based !== null) return based
    throw new Malformed(`the subscript ${node.kind === 'number' ? 'of a number ' : ''}is no base`)
  }

  protected exponent(): Node {
    if (this.accept('-')) return { kind: 'negative', of: this.exponent() }
    if (this.accept('+')) return this.exponent()
    const base = this.isSign('(', '[') ? this.atom() : this.argument(true)
    if (!this.accept('^', '**')) return base
    return this.deeper(() => ({ kind: 'power', base, exponent: this.exponent() }))
  }

  /** Whether the exponent is the sign of degrees, which is then read. */
  #acceptCircle(): boolean {
    if (this.isCommand('circ') || (isUnitName(this.now) && this.now?.text === 'o')) {
      this.at++
      return true
    }
    if (this.isSign('{') && /^(?:circ|o)$/.test(this.peek(1)?.text ?? '') && this.peek(2)?.text === '}') {
      this.at += 3
      return true
    }
    return false
  }

  /** Degrees of an angle, or of a temperature when its scale follows. */
  #degrees(of: Node): Node {
    const scale = this.now
    if (scale?.kind === 'number' && of.kind === 'number') return this.#minutes(of)
    if (scale === undefined || !isUnitName(scale) || !/^[CFK]$/.test(scale.text)) return { kind: 'degrees', of }
    this.at++
    return { kind: 'quantity', of, unit: `°${scale.text}` }
  }

  /** `22^\circ 30' 15''`: minutes and seconds of an angle. */
  #minutes(of: Node): Node {
    const terms: Node[] = [of]
    for (const parts of [60, 3600]) {
      const token = this.now
      const marks = parts === 60 ? 1 : 2
      const marked = Array.from({ length: marks }, (_, index) => this.peek(1 + index)?.text).every(
        (text) => text === "'",
      )
      if (token?.kind !== 'number' || !marked) break
      this.at += 1 + marks
      terms.push({ kind: 'quotient', above: numberNode(token.text), below: whole(parts) })
    }
    return { kind: 'degrees', of: terms.length === 1 ? of : { kind: 'sum', terms } }
  }

  protected argument(wholeNumber = false): Node {
    const token = this.now
    if (token === undefined) throw new Malformed('an argument is missing at the end')
    if (this.accept('{')) {
      const node = this.withoutBars(() => this.list(() => this.isSign('}')))
      // A brace that is never closed: models forget the last one.
      if (this.now !== undefined) this.expect('}')
      return node
    }
    if (token.kind === 'number' && !wholeNumber && token.text.length > 1) {
      this.tokens[this.at] = { ...token, text: token.text.slice(1), spaced: false, grouped: false }
      return numberNode(token.text.slice(0, 1))
    }
    return this.deeper(() => this.atom())
  }

  protected atom(): Node {
    const token = this.now
    if (token === undefined) throw new Malformed('something is missing at the end')
    // ".\overline{3}"
    const leading = token.text === '.' ? this.repeating('0') : null
    if (leading !== null) return leading
    if (token.kind === 'number') return this.number(token)
    if (token.kind === 'letter') return this.letter(token.text)
    if (token.kind === 'word') return this.wordVariable(token.text)
    if (token.kind === 'command') return this.command(token.text)
    const bracket = token.text === ']' ? ']' : own(openings, token.text)
    if (bracket !== undefined) return this.bracket(token.text, bracket)
    if (token.text === '|' || token.text === '‖') return this.absolute(token.text)
    throw new Malformed(`${this.shown()} is out of place`)
  }
}
