import { limits, Undecidable } from '../limits.ts'
import { Malformed } from './errors.ts'
import { jointCommands } from './symbols.ts'
import type { Token } from './token.ts'
import { isConditionalWord, isConnective, isRelationMark } from './token-predicates.ts'

/** How many tokens after its opening a bracket is searched for a relation. */
const conditionWindow = 40

/** A place in the tokens of an answer, and what is open around it. */
export class Cursor {
  protected readonly tokens: Token[]
  /** The index of the next token. */
  protected at = 0
  /** Bars that are open as absolute values. */
  protected bars = 0
  /** In a set, a bar or a colon ends the element. */
  protected inBuilder = false
  /** How many matrices are open: in one, `&` and a line break end a cell. */
  protected inMatrix = 0
  /** In square brackets one that opens may close an open interval, as in `[0, 1[`. */
  protected inSquare = false
  #depth = 0

  constructor(tokens: Token[]) {
    this.tokens = tokens
  }

  /** The next token; undefined at the end. */
  protected get now(): Token | undefined {
    return this.tokens[this.at]
  }

  /** The token so many places after the next one. */
  protected peek(ahead: number): Token | undefined {
    return this.tokens[this.at + ahead]
  }

  /** The next token, for an error. */
  protected shown(): string {
    const token = this.now
    return token === undefined ? 'the end' : `"${token.text}"`
  }

  protected isSign(...texts: string[]): boolean {
    const token = this.now
    return token !== undefined && token.kind === 'sign' && texts.includes(token.text)
  }

  protected isCommand(...texts: string[]): boolean {
    const token = this.now
    return token !== undefined && token.kind === 'command' && texts.includes(token.text)
  }

  protected isWordAt(ahead: number, pattern: RegExp): boolean {
    const token = this.peek(ahead)
    return token !== undefined && token.kind === 'word' && pattern.test(token.text)
  }

  /** Whether the next token is one of these signs or commands, which is then read. */
  protected accept(...texts: string[]): boolean {
    const found = this.isSign(...texts) || this.isCommand(...texts)
    if (found) this.at++
    return found
  }

  /** Reads a sign or a command. Throws Malformed when another token stands there. */
  protected expect(text: string): void {
    if (!this.accept(text)) throw new Malformed(`"${text}" is missing before ${this.shown()}`)
  }

  /** What `read` gives, one level deeper. Throws Undecidable beyond the limit. */
  protected deeper<Result>(read: () => Result): Result {
    if (++this.#depth > limits.depth) throw tooDeep()
    const result = read()
    this.#depth--
    return result
  }

  /** What `read` gives where the bars that are open outside do not count. */
  protected withoutBars<Result>(read: () => Result): Result {
    const bars = this.bars
    this.bars = 0
    const result = read()
    this.bars = bars
    return result
  }

  /** Whether the token at an index separates the items of a list. */
  protected isSeparator(index = this.at): boolean {
    const token = this.tokens[index]
    if (token === undefined) return false
    if (token.kind === 'word') return isConnective(token)
    if (token.kind === 'command') return jointCommands.has(token.text)
    return (
      token.text === ',' ||
      token.text === ';' ||
      (token.text === '\\\\' && this.inMatrix === 0) ||
      (token.text === '.' && this.tokens[index + 1] === undefined)
    )
  }

  /** A word like "where" or "for", or a bracket with a condition in it. */
  protected isConditional(): boolean {
    const token = this.now
    if (token?.kind === 'word') return isConditionalWord(token)
    return this.isCommand('forall') || this.isConditionBracket()
  }

  /** `(k \in \mathbb{Z})`, `(where …)`, `(for all n)`: a bracket that holds a relation or begins with such a word. */
  protected isConditionBracket(): boolean {
    if (!this.isSign('(')) return false
    if (isConditionalWord(this.peek(1))) return true
    let depth = 0
    for (let index = this.at; index < this.tokens.length && index < this.at + conditionWindow; index++) {
      const token = this.tokens[index]
      if (token === undefined || token.kind === 'word') return false
      if (token.text === '(') depth++
      else if (token.text === ')' && --depth === 0) return false
      else if (depth === 1 && isRelationMark(token)) return true
    }
    return false
  }
}

/** The error of an answer that is nested beyond the limit. */
export function tooDeep(): Undecidable {
  return new Undecidable(`the answer is nested deeper than ${limits.depth}`)
}
