import { limits, Undecidable } from '../limits.ts'
import { own } from '../own.ts'
import { called, itemsIn, proviso } from './build-node.ts'
import { Malformed } from './errors.ts'
import { NameParser } from './name-parser.ts'
import type { Closing, Node, Opening } from './node.ts'
import { closings, layouts, matrices } from './symbols.ts'
import { endsOperand } from './token-predicates.ts'

/** What stands between two brackets. No list: the set is empty. */
interface Inside {
  readonly list: Node | null
  readonly conditions: Node | null
  /** Null when the answer ended before the bracket was closed. */
  readonly close: Closing | null
}

/**
 * What is enclosed: brackets, bars, environments.
 *
 *   bracket      ('(' | '[' | ']' | '{' | '\{' | '\langle') list closing
 *   builder      ('{' | '\{') list ('|' | ':') list closing
 *   bars         '|' list '|'
 *   environment  '\begin{…}' row ('\\' row)* '\end{…}'
 *   row          item ('&' item)*
 */
export abstract class BracketParser extends NameParser {
  /** One item of a list. */
  protected abstract item(): Node

  /** A bracket whose opening, written `text`, comes next. Throws Malformed when brackets are crossed. */
  protected bracket(text: string, open: Opening): Node {
    const { bars, inBuilder, inMatrix, inSquare } = this
    this.at++
    this.bars = 0
    this.inBuilder = open === '{'
    this.inSquare = open === '[' || open === ']'
    this.inMatrix = 0
    const { list, conditions, close } = this.#inside(open)
    this.bars = bars
    this.inBuilder = inBuilder
    this.inMatrix = inMatrix
    this.inSquare = inSquare
    if (list === null) return { kind: 'region', name: 'empty' }
    if (conditions !== null) {
      const alternatives = conditions.kind === 'sequence' && conditions.joint === 'or'
      return { kind: 'set-builder', element: list, conditions: alternatives ? [conditions] : itemsIn(conditions) }
    }
    if (list.kind === 'sequence' && list.open === '')
      return { kind: 'sequence', open, close: close ?? ')', items: list.items }
    // `{…}` without backslashes groups; with commas it is a set.
    const groups = text === '{' || (open === '(' && close === ')') || (open === '[' && close === ']')
    if (groups) return list
    if (open !== '{' && open !== '<') throw new Malformed('a bracket is closed by another one')
    return { kind: 'sequence', open, close: close ?? ')', items: [list] }
  }

  #inside(open: Opening): Inside {
    const empty = open === '{' ? this.#closing(open) : null
    if (empty !== null) {
      this.at++
      return { list: null, conditions: null, close: empty }
    }
    const list = this.list(() => this.#closing(open) !== null || (open === '{' && this.isSign('|', ':')))
    if (open !== '{' || !this.accept('|', ':')) return { list, conditions: null, close: this.#close(open) }
    this.inBuilder = false
    const conditions = this.list(() => this.#closing(open) !== null)
    return { list, conditions, close: this.#close(open) }
  }

  /** The next token as a bracket that closes one opened by `open`; null when it is none. */
  #closing(open: Opening): Closing | null {
    const token = this.now
    if (token === undefined || (token.kind !== 'sign' && token.kind !== 'command')) return null
    if (open === ']' && token.text === '[') return '['
    if (open === '[' && token.text === '[') return endsOperand(this.peek(-1)) ? '[' : null
    if (open === ']' && token.text === ']') return ']'
    return own(closings, token.text) ?? null
  }

  /** Brackets that were never closed at the end of an answer are taken as closed. Throws Malformed elsewhere. */
  #close(open: Opening): Closing | null {
    const close = this.#closing(open)
    if (close !== null) this.at++
    else if (this.now !== undefined) throw new Malformed(`${this.shown()} stands where a bracket should close`)
    return close
  }

  /** An absolute value between bars, single or double, the first of which comes next. */
  protected absolute(bar: string): Node {
    const { inBuilder } = this
    this.at++
    this.bars++
    this.inBuilder = false
    const inner = this.list(() => this.isSign(bar))
    this.inBuilder = inBuilder
    this.bars--
    this.expect(bar)
    return called('abs', inner)
  }

  /** A matrix or a layout, whose `\begin` was read. Throws Undecidable for other environments. */
  protected environment(name: string): Node {
    const plain = name.replace('*', '')
    if (!matrices.has(plain) && !layouts.has(plain)) throw new Undecidable(`the environment ${name} is not understood`)
    const rows = this.withoutBars(() => {
      this.inMatrix++
      const read = this.#rows(`end{${name}}`)
      this.inMatrix--
      return read
    })
    if (layouts.has(plain)) return laidOut(rows, /cases$/.test(plain))
    if (rows.length === 0 || rows.some((row) => row.length !== rows[0]?.length))
      throw new Malformed('the rows of a matrix differ in length')
    return { kind: 'matrix', rows, bars: /^[vV]/.test(plain) }
  }

  #rows(end: string): Node[][] {
    const rows: Node[][] = []
    const ended = (): boolean => this.now === undefined || this.isCommand(end)
    while (!ended()) {
      const row = this.#row(ended)
      if (row.length > 0) rows.push(row)
      this.accept('\\\\')
      if (rows.length > limits.items || row.length > limits.items) throw new Undecidable('a matrix is too large')
    }
    this.accept(end)
    return rows
  }

  #row(ended: () => boolean): Node[] {
    const row: Node[] = []
    while (!ended() && !this.isSign('\\\\')) {
      while (this.accept('&', ',', '.')) {
        // Between cells.
      }
      if (ended() || this.isSign('\\\\')) break
      row.push(this.item())
      if (!ended() && !this.isSign('\\\\', '&', ',', '.'))
        throw new Malformed(`${this.shown()} is left over in a matrix`)
    }
    return row
  }
}

/** Each line is an item, and what it has in further cells says when it holds. Throws Malformed for no lines. */
function laidOut(rows: readonly Node[][], cases: boolean): Node {
  const items = rows.map(([first, ...rest]): Node => {
    if (first === undefined) throw new Malformed('a row is empty')
    return rest.length === 0 ? first : { kind: 'conditional', of: first, conditions: rest.map((each) => proviso(each)) }
  })
  const [only] = items
  if (only === undefined) throw new Malformed('nothing stands there')
  if (items.length === 1) return only
  const pieces = cases && items.some((item) => item.kind === 'conditional')
  return { kind: 'sequence', open: '', close: '', items, ...(pieces ? { joint: 'cases' } : {}) }
}
