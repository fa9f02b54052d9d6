import { limits } from '../limits.ts'
import { called, isRegion } from './build-node.ts'
import { tooDeep } from './cursor.ts'
import type { Node } from './node.ts'
import { ProductParser } from './product-parser.ts'
import { startsAtom } from './token-predicates.ts'

/**
 * Sums, ratios and operations on sets.
 *
 *   sets      ratio (('\cup' | '\cap' | '\setminus') ratio)*
 *   ratio     sum ((':' | 'to') sum)*
 *   sum       signed (('+' | '-' | '\pm' | '\mp') product)* [('\over' | '\choose') sum]
 *   signed    ('+' | '-' | '\pm' | '\mp')* product
 */
export abstract class SumParser extends ProductParser {
  protected sets(): Node {
    let left = this.#ratio()
    for (let parts = 0; ; parts++) {
      if (parts > limits.depth) throw tooDeep()
      const sign = this.#setSign(left)
      if (sign === null) return left
      this.at++
      left = { kind: 'set-operation', sign, left, right: this.#ratio() }
    }
  }

  #setSign(left: Node): 'union' | 'intersection' | 'difference' | null {
    if (this.isCommand('cup')) return 'union'
    if (this.isCommand('cap')) return 'intersection'
    return this.isCommand('setminus') || this.#isMinusSet(left) ? 'difference' : null
  }

  /** `\mathbb{R} - \{0\}`: a minus sign that takes a set from a set. */
  #isMinusSet(left: Node | undefined): boolean {
    return this.isSign('-') && isRegion(left) && this.peek(1)?.text === '\\{'
  }

  #ratio(): Node {
    const first = this.sum()
    const ratio =
      (this.#isColon() && !this.inBuilder && first.kind !== 'variable') || (this.#isTo() && first.kind === 'number')
    if (!ratio) return first
    const parts: Node[] = [first]
    while (this.#isColon() || this.#isTo()) {
      this.at++
      parts.push(this.sum())
    }
    return { kind: 'ratio', parts }
  }

  #isColon(): boolean {
    return this.isSign(':') && startsAtom(this.peek(1))
  }

  #isTo(): boolean {
    return this.isWordAt(0, /^to$/) && this.peek(1)?.kind === 'number'
  }

  protected sum(): Node {
    const first = this.signed()
    const terms: Node[] = [first]
    while ((this.isSign('+', '-') || this.isCommand('pm', 'mp')) && !this.#endsSum(first)) terms.push(this.signed())
    const sum: Node = terms.length === 1 ? first : { kind: 'sum', terms }
    // TeX's own forms divide the whole group.
    if (this.accept('over')) return { kind: 'quotient', above: sum, below: this.sum() }
    if (this.accept('choose')) return called('binomial', sum, this.sum())
    return sum
  }

  /** The minus sign takes a set away or is the hyphen before a word. */
  #endsSum(first: Node): boolean {
    return this.#isMinusSet(first) || (this.isSign('-') && this.peek(1)?.kind === 'word')
  }

  protected signed(): Node {
    return this.deeper(() => {
      if (this.accept('+')) return this.signed()
      if (this.accept('-')) return { kind: 'negative', of: this.signed() }
      if (this.accept('pm')) return { kind: 'either-sign', upper: 1, of: this.signed() }
      if (this.accept('mp')) return { kind: 'either-sign', upper: -1, of: this.signed() }
      return this.product()
    })
  }
}
