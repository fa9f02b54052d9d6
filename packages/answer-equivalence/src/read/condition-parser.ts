import { limits } from '../limits.ts'
import { memberOf } from './build-node.ts'
import { Malformed } from './errors.ts'
import type { Node } from './node.ts'
import { RelationParser } from './relation-parser.ts'
import { isTextual, textOf } from './token-predicates.ts'

/**
 * For which values an answer holds, and words that are no mathematics.
 *
 *   condition  ['('] (word | '\forall')* relation word* [')'] | words
 */
export abstract class ConditionParser extends RelationParser {
  /** The rest of the item, or of a bracket: for which values it holds. Mathematics when it can be read, else its words. */
  protected condition(): Node {
    const begin = this.at
    const bracket = this.accept('(')
    const only = this.isWordAt(0, /^(?:if|when|provided|unless)$/i)
    while (this.now?.kind === 'word' || this.isCommand('forall')) this.at++
    try {
      const condition = this.relation()
      while (isTextual(this.now)) this.at++
      const end = this.at
      if (bracket) this.accept(')')
      if (condition.kind !== 'relation') {
        const words = this.tokens.slice(begin, end).map(({ text }) => text.toLowerCase())
        if (words.some((word) => /^reals?$/.test(word))) return memberOf(condition, 'R')
        if (words.some((word) => /^integers?$/.test(word))) return memberOf(condition, 'Z')
      }
      return only ? { kind: 'labelled', label: 'if', of: condition } : condition
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      return this.#words(begin)
    }
  }

  /** The rest in words; "k is an integer" is understood. */
  #words(begin: number): Node {
    const words = this.#rest(begin)
    const integer =
      /\b([A-Za-z])\s+(?:is|be|are|∈)?\s*(?:an?|any)?\s*(?:arbitrary\s+)?integers?\b/.exec(words)?.[1] ??
      /\bintegers?\s+([A-Za-z])\b/.exec(words)?.[1]
    return integer === undefined ? { kind: 'text', words } : memberOf({ kind: 'variable', name: integer }, 'Z')
  }

  /** What begins at an index, as words with mathematics in them. */
  protected prose(begin: number): Node {
    return { kind: 'prose', words: this.#rest(begin) }
  }

  /** The text from an index to the end of the cell, in a matrix, or of the answer, which is then read. */
  #rest(begin: number): string {
    const cell = this.inMatrix > 0 ? this.#cellEnd(begin) : -1
    this.at = Math.max(cell === -1 ? this.tokens.length : cell, begin)
    return textOf(this.tokens.slice(begin, this.at)).slice(0, limits.answer)
  }

  #cellEnd(begin: number): number {
    return this.tokens.findIndex(
      ({ text }, index) => index >= begin && (text === '&' || text === '\\\\' || text.startsWith('end{')),
    )
  }
}
