import { limits } from '../limits.ts'
import { memberOf, proviso } from './build-node.ts'
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
    const only = this.isWordAt(0, /^(?:if|when|whenever|provided|unless|given|only)$/i)
    while (this.now?.kind === 'word' || this.isCommand('forall')) this.at++
    try {
      const condition = this.relation()
      while (isTextual(this.now)) this.at++
      const end = this.at
      if (bracket) this.accept(')')
      if (condition.kind !== 'relation') return this.#inWords(condition, begin, end)
      return only ? proviso(condition) : condition
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      return this.#words(begin)
    }
  }

  /** "k is a positive integer", "any real a", "n is even", "some constant c": what the words make of the mathematics among them. */
  #inWords(of: Node, begin: number, end: number): Node {
    const text = textOf(this.tokens.slice(begin, end)).toLowerCase()
    if (
      /\b(?:odd|even|prime|composite|nonzero|non-zero|nonnegative|non-negative|negative|not|no|except|irrational|rational)\b/.test(
        text,
      )
    )
      return provisoOf(text)
    if (/\breals?\b/.test(text)) return memberOf(of, 'R')
    if (/\bintegers?\b/.test(text)) return memberOf(of, /\b(?:positive|natural)\b/.test(text) ? 'N' : 'Z')
    if (/\bnatural\b/.test(text)) return memberOf(of, 'N')
    return /\b(?:constants?|arbitrary|any|all|every|forall)\b/.test(text)
      ? { kind: 'text', words: text }
      : proviso({ kind: 'text', words: text })
  }

  /** The rest in words; "k is an integer" is understood. */
  #words(begin: number): Node {
    const words = this.#rest(begin)
    const integer =
      /\b([A-Za-z])\s+(?:is|be|are|∈)?\s*(?:an?|any)?\s*(?:arbitrary\s+)?integers?\b/.exec(words)?.[1] ??
      /\bintegers?\s+([A-Za-z])\b/.exec(words)?.[1]
    if (integer === undefined) return { kind: 'text', words }
    const plain = !/\b(?:odd|even|prime|nonzero|non-zero|nonnegative|negative|positive|not|no|except)\b/i.test(words)
    return plain ? memberOf({ kind: 'variable', name: integer }, 'Z') : provisoOf(words.toLowerCase())
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

/** A proviso in words, without the one that begins it. */
function provisoOf(words: string): Node {
  return proviso({ kind: 'text', words: words.replace(/^(?:if|when|where|for) /, '') })
}
