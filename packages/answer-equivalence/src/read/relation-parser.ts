import { limits, Undecidable } from '../limits.ts'
import { own } from '../own.ts'
import { basedNumber, called, digitsOf, numberNode } from './build-node.ts'
import { Malformed } from './errors.ts'
import type { Node, RelationSign } from './node.ts'
import { render } from './render.ts'
import { SumParser } from './sum-parser.ts'
import { currencies, relationSigns } from './symbols.ts'
import type { Token } from './token.ts'
import { isConditionalWord, isModulus, isUnitName } from './token-predicates.ts'

const sets = { Z: 'Z', N: 'N', Q: 'Q', R: 'R' } as const

/** `n \in Z`: the letter alone is the set that it stands for. */
function named(set: Node): Node {
  const name = set.kind === 'variable' ? own(sets, set.name) : undefined
  return name === undefined ? set : { kind: 'region', name }
}

/** How many tokens of arguments a definition like `f(x, y) = …` may have. */
const definitionWindow = 10

/**
 * Relations and amounts.
 *
 *   relation  [definition '='] side (('=' | '<' | '\in' | …) side)* | sign relation
 *   side      ['-'] [currency] sets [currency | modulus | quantity]
 *   modulus   ('\pmod' | '\bmod' | '(' '\mod') (argument | product) [')']
 *   quantity  'base' number | unit [(('+' | '-') product [unit])+ | sum unit]
 *   unit      (word | '^' argument | '/' name | '-' word | '\cdot' name)*
 */
export abstract class RelationParser extends SumParser {
  /** A chain of relations; one side alone is that side. */
  protected relation(): Node {
    const sides: Node[] = []
    const signs: RelationSign[] = []
    const defined = this.#definition()
    if (defined !== null) {
      sides.push(defined)
      signs.push('=')
      this.at++
    }
    const leading = this.#relationSign()
    if (leading !== null) return this.#continued(leading)
    sides.push(this.#side())
    for (let sign = this.#relationSign(); sign !== null; sign = this.#relationSign()) {
      this.at++
      // "a < = b"
      if ((sign === '<' || sign === '>') && this.accept('=')) signs.push(sign === '<' ? '≤' : '≥')
      else signs.push(sign)
      const side = this.#side()
      sides.push(sign === '∈' || sign === '∉' ? named(side) : side)
      if (sides.length > limits.items) throw new Undecidable(`the answer has more than ${limits.items} relations`)
    }
    const [first] = sides
    return first !== undefined && signs.length === 0 ? first : { kind: 'relation', sides, signs }
  }

  /** A relation without its left side: "= 5" and "\approx 3.1" continue a sentence. */
  #continued(leading: RelationSign): Node {
    this.at++
    if (leading !== '=' && leading !== '≈' && leading !== '→')
      return { kind: 'relation', sides: [{ kind: 'variable', name: '' }, this.#side()], signs: [leading] }
    const rest = this.relation()
    return leading === '≈' ? { kind: 'relation', sides: [rest], signs: ['≈'] } : rest
  }

  /** `x(t)` before an equals sign names a function, whatever its letter; null when something else stands there. */
  #definition(): Node | null {
    const name = this.now
    const bracket = this.peek(1)
    if (name?.kind !== 'letter' || bracket?.text !== '(' || bracket.spaced) return null
    const of: Node[] = []
    const begin = this.at + 2
    for (let index = begin; index < begin + definitionWindow; index++) {
      const token = this.tokens[index]
      if (token?.text === ')' && token.kind === 'sign') {
        if (this.tokens[index + 1]?.text !== '=' || of.length === 0) return null
        this.at = index + 1
        return { kind: 'application', name: name.text, arguments: of }
      }
      if (token?.kind === 'letter') of.push({ kind: 'variable', name: token.text })
      else if (token?.kind === 'number') of.push(numberNode(token.text))
      else if (token?.text !== ',') return null
    }
    return null
  }

  #relationSign(): RelationSign | null {
    const token = this.now
    if (token === undefined || (token.kind !== 'sign' && token.kind !== 'command')) return null
    return own(relationSigns, token.text) ?? null
  }

  #side(): Node {
    const negative = this.isSign('-') && currencies.has(this.peek(1)?.text ?? '')
    if (negative) this.at++
    const currency = this.#currency()
    const sets = this.sets()
    const inner: Node = negative ? { kind: 'negative', of: sets } : sets
    if (currency !== null) {
      // "\$5 million", "\$5 per hour"
      const unit = this.#unit()
      return { kind: 'quantity', of: inner, unit: unit === null ? currency : `${currency} ${unit}` }
    }
    const after = this.#currency()
    if (after !== null) return { kind: 'quantity', of: inner, unit: after }
    return this.#isModulo() ? this.#modulo(inner) : this.#quantity(inner)
  }

  /** A sign of money, which is read; null when there is none. */
  #currency(): string | null {
    const token = this.now
    if (token?.kind !== 'sign' || !currencies.has(token.text)) return null
    this.at++
    return token.text
  }

  #isModulo(): boolean {
    return (this.now?.kind === 'command' && isModulus(this.now)) || (this.isSign('(') && isModulus(this.peek(1)))
  }

  #modulo(of: Node): Node {
    const bracket = this.accept('(')
    const name = this.now?.text === 'bmod' && !bracket ? 'modulo' : 'congruent'
    this.at++
    const modulus = this.isSign('{') ? this.argument() : this.product()
    if (bracket) this.expect(')')
    return called(name, of, modulus)
  }

  /** With the unit, or the base in words, that follows. Throws Malformed for a number after a unit that has none itself. */
  #quantity(of: Node): Node {
    const based = this.#inBase(of)
    if (based !== null) return based
    const unit = this.#unit()
    if (unit === null) return of
    const quantity: Node = { kind: 'quantity', of, unit }
    // "144 miles - 90 miles"
    if (this.isSign('+', '-') && this.peek(1)?.kind === 'number') return this.#amounts(quantity)
    // "3 hours 20 minutes"
    if (this.now?.kind !== 'number') return quantity
    const rest = this.sum()
    const unitOfRest = this.#unit()
    if (unitOfRest === null) throw new Malformed(`${this.shown()} follows a unit`)
    return { kind: 'sum', terms: [quantity, { kind: 'quantity', of: rest, unit: unitOfRest }] }
  }

  /** "1011 base 2"; null, and nothing read, for anything else. */
  #inBase(node: Node): Node | null {
    const base = this.peek(1)
    if (!this.isWordAt(0, /^base$/i) || base?.kind !== 'number' || node.kind !== 'number') return null
    const digits = digitsOf(node)
    const based = digits === null ? null : basedNumber(digits, Number(base.text))
    if (based !== null) this.at += 2
    return based
  }

  #amounts(first: Node): Node {
    const terms: Node[] = [first]
    while (this.isSign('+', '-')) {
      const of = this.signed()
      const unit = this.#unit()
      terms.push(unit === null ? of : { kind: 'quantity', of, unit })
    }
    return { kind: 'sum', terms }
  }

  /** Words after a number: `cm^2`, `miles per hour`, `apples`. */
  #unit(): string | null {
    const begin = this.at
    if (this.isSign('{') && this.peek(1)?.kind === 'word') return this.#unitGroup()
    if (this.isCommand('frac') && this.peek(1)?.text === '{' && this.peek(2)?.kind === 'word')
      return this.#unitFraction()
    if (this.isSign('-') && this.peek(1)?.kind === 'word' && this.peek(1)?.spaced === false) this.at++
    let unit = ''
    for (let token = this.now; token !== undefined; token = this.now) {
      if (unit !== '' && token.text === '^') {
        this.at++
        unit += `^${render(this.argument())}`
        continue
      }
      const piece = this.#unitPiece(token, unit)
      if (piece === null) break
      unit += piece
      this.at++
    }
    if (unit !== '') return unit
    this.at = begin
    return null
  }

  /** What the token adds to a unit; null when the unit ends before it. */
  #unitPiece(token: Token, unit: string): string | null {
    if (token.kind === 'word' && !this.isSeparator() && !isConditionalWord(token))
      return unit === '' ? token.text : ` ${token.text}`
    if (unit === '') return null
    if (token.text === '/' && isUnitName(this.peek(1))) return ' per'
    if (token.text === '-' && this.peek(1)?.kind === 'word') return ' '
    if ((token.text === 'cdot' || token.text === 'times') && isUnitName(this.peek(1))) return ' '
    if (token.kind === 'letter' && unit.endsWith(' per')) return ` ${token.text}`
    return token.text === '.' && this.peek(1)?.kind !== 'number' ? '' : null
  }

  /** `\frac{miles}{hour}`; null, and nothing read, when a part is no unit. */
  #unitFraction(): string | null {
    const begin = this.at
    this.at++
    const above = this.#unitGroup()
    const below = above === null ? null : this.#unitGroup()
    if (above !== null && below !== null) return `${above} per ${below}`
    this.at = begin
    return null
  }

  #unitGroup(): string | null {
    if (!this.accept('{')) return null
    const unit = this.#unit()
    return unit !== null && this.accept('}') ? unit : null
  }
}
