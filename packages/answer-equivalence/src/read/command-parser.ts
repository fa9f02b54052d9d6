import { Undecidable } from '../limits.ts'
import { own } from '../own.ts'
import { BracketParser } from './bracket-parser.ts'
import { called, infinity, isDifferential, itemsIn } from './build-node.ts'
import { Malformed, Unevaluated } from './errors.ts'
import { type Node, whole } from './node.ts'
import { greekLetters, groupsOf } from './symbols.ts'
import { functionNames } from './vocabulary.ts'

/**
 * What begins with a command.
 *
 *   command   '\frac' argument argument | '\lfloor' list '\rfloor' | '\mathbb' group | '\hat' group | … | function | series
 *   function  name ('_' argument | '^' exponent)* (bracket | argument | ['-'] product)
 *   root      '\sqrt' ['[' list ']'] (bracket | argument)
 *   series    ('\sum' | '\prod') '_' argument '^' exponent product
 */
export abstract class CommandParser extends BracketParser {
  protected abstract atom(): Node
  /** A group in braces, or one token; `wholeNumber`: a number without braces is taken whole, else its first digit, as LaTeX does. */
  protected abstract argument(wholeNumber?: boolean): Node
  /** `stopsAtFunctions`: the argument of a function without brackets, which ends before the next function. */
  protected abstract product(stopsAtFunctions?: boolean): Node

  /** What the command, which comes next, and its arguments are. Throws Undecidable for a command without a meaning here. */
  protected command(name: string): Node {
    if (functionNames.has(name)) return this.#function(name)
    this.at++
    switch (name) {
      case 'frac':
        return this.#fraction()
      case 'binom':
        return called('binomial', this.argument(), this.argument())
      case 'neg':
      case 'lnot':
        return { kind: 'application', name: '¬', arguments: [this.atom()] }
      case 'partial':
        return this.#partial()
      case 'nabla':
        return this.#nabla()
      case 'pi':
        return { kind: 'constant', name: 'pi' }
      case 'infty':
        return infinity
      case 'lfloor':
        return this.#rounded('floor', 'rfloor')
      case 'lceil':
        return this.#rounded('ceil', 'rceil')
      case 'langle':
        this.at--
        return this.bracket('langle', '<')
      case 'emptyset':
        return { kind: 'region', name: 'empty' }
      case 'ldots':
        return { kind: 'variable', name: '…' }
      case 'sum':
      case 'prod':
        return this.#series(name === 'sum')
      case 'not':
        throw new Undecidable(`\\not${this.now?.text ?? ''} is not understood`)
      case 'cancel':
        throw new Malformed('what is cancelled stands there')
      case 'angle':
      case 'triangle':
        return { kind: 'variable', name: `${name} ${this.#letters()}` }
      case 'mathbb':
        return this.region(this.group())
      default:
        return this.#name(name)
    }
  }

  /** A quotient; `\frac{dy}{dx}` is a derivative, in which nothing cancels. */
  #fraction(): Node {
    const above = this.argument()
    const below = this.argument()
    const derivative = isDifferential(above) && isDifferential(below) && below.kind !== 'variable'
    const partial = above.kind === 'variable' && above.name.startsWith('∂') && isDifferential(below)
    return derivative || partial
      ? { kind: 'application', name: 'derivative', arguments: [above, below] }
      : { kind: 'quotient', above, below }
  }

  /** `\partial^2 u`: a name of its own. */
  #partial(): Node {
    const order = this.accept('^') ? this.group() : ''
    const of = this.now?.kind === 'letter' ? this.now.text : ''
    if (of !== '') this.at++
    return { kind: 'variable', name: `∂${order}${of}` }
  }

  /** `\nabla \cdot` and `\nabla \times` are other operators than `\nabla`. */
  #nabla(): Node {
    if (this.accept('cdot')) return { kind: 'variable', name: '∇·' }
    return this.accept('times') ? { kind: 'variable', name: '∇×' } : this.variable('nabla')
  }

  #rounded(name: string, close: string): Node {
    const inner = this.list(() => this.isCommand(close))
    this.expect(close)
    return called(name, inner)
  }

  #letters(): string {
    let letters = ''
    while (this.now?.kind === 'letter') {
      letters += this.now.text
      this.at++
    }
    return letters
  }

  /** Commands that are names, or decorate one. */
  #name(name: string): Node {
    if (/^[RZNQC]$/.test(name)) return this.region(name)
    const accent = own(accents, name)
    if (accent !== undefined) return this.#decorated(name, accent)
    if (/^(?:int|iint|iiint|oint|lim|limsup|liminf)$/.test(name))
      throw new Unevaluated(`\\${name} is not evaluated here`)
    if (/^unit [ijk]$/.test(name)) return { kind: 'variable', name }
    if (name === 'top' || name === 'intercal') return { kind: 'variable', name: 'T' }
    if (greekLetters.has(name)) return this.variable(name)
    if (name.startsWith('begin{')) return this.environment(name.slice(6, -1))
    throw new Undecidable(`\\${name} is not understood`)
  }

  /** `\hat{i}` is a unit vector; other accents are part of a name. */
  #decorated(decoration: string, accent: string): Node {
    const inner = this.group()
    const unit = /^(?:hat|widehat|vec)$/.test(decoration) && /^[ijk]$/.test(inner.replace(/^([ij])math$/, '$1'))
    if (unit) return { kind: 'variable', name: `unit ${inner.slice(0, 1)}` }
    // A line over two points is their segment.
    return this.variable(accent === 'bar' && /^[A-Z]{2,}$/.test(inner) ? inner : `${accent} ${inner}`)
  }

  #function(name: string): Node {
    this.at++
    if (name === 'sqrt' || name === 'cbrt') return this.#root(whole(name === 'sqrt' ? 2 : 3))
    let base: Node | null = null
    let power: Node | null = null
    for (let mark = 0; mark < 2; mark++) {
      if (this.accept('_')) base = this.argument(true)
      else if (this.accept('^')) power = this.exponent()
    }
    const parts = itemsIn(this.deeper(() => this.#functionArgument()))
    const inverse = power !== null && isMinusOne(power) && /^(?:sin|cos|tan|cot|sec|csc|sinh|cosh|tanh)$/.test(name)
    const plain: Node = {
      kind: 'function',
      name: inverse ? `arc${name}` : name.replace(/^ar?(?=(?:sin|cos|tan)h?$)/, 'arc'),
      arguments: base === null ? parts : [...parts, base],
    }
    return power === null || inverse ? plain : { kind: 'power', base: plain, exponent: power }
  }

  #root(degree: Node): Node {
    let index = degree
    if (this.accept('[')) {
      index = this.list(() => this.isSign(']'))
      this.expect(']')
    }
    return called('root', this.isSign('(') ? this.atom() : this.argument(true), index)
  }

  #functionArgument(): Node {
    if (this.isSign('(', '[', '\\{')) {
      const close = own(groupsOf, this.now?.text ?? '') ?? ')'
      this.at++
      const inner = this.withoutBars(() => this.list(() => this.isSign(close)))
      this.expect(close)
      return inner
    }
    if (this.isSign('{')) return this.argument()
    if (this.accept('-')) return { kind: 'negative', of: this.product(true) }
    return this.product(true)
  }

  /** A sum, or a product, over whole numbers. Throws Undecidable when its range is not `i = from` and `to`. */
  #series(sum: boolean): Node {
    let variable = ''
    let from: Node | null = null
    let to: Node | null = null
    for (let mark = 0; mark < 2; mark++) {
      if (this.accept('_')) {
        const start = startOf(this.argument())
        variable = start.variable
        from = start.from
      } else if (this.accept('^')) to = this.exponent()
    }
    if (from === null || to === null || variable === '') throw unknownRange()
    const body = this.deeper(() => this.product())
    return { kind: 'series', sum, variable, from, to, body }
  }
}

/** Accents that make another name of one, with what they are called. */
const accents: Readonly<Record<string, string>> = {
  overline: 'bar',
  bar: 'bar',
  vec: 'vec',
  overrightarrow: 'vec',
  hat: 'hat',
  widehat: 'hat',
  tilde: 'tilde',
  widetilde: 'tilde',
  dot: 'dot',
  ddot: 'ddot',
  overleftrightarrow: 'line',
  overarc: 'arc',
  mathcal: 'cal',
  mathscr: 'cal',
  mathfrak: 'frak',
}

function isMinusOne(node: Node): boolean {
  return node.kind === 'negative' && node.of.kind === 'number' && node.of.numerator === 1n
}

/** `i = 1` below a sum. */
function startOf(lower: Node): { readonly variable: string; readonly from: Node } {
  if (lower.kind !== 'relation' || lower.sides.length !== 2 || lower.signs[0] !== '=') throw unknownRange()
  const [name, from] = lower.sides
  if (name === undefined || from === undefined) throw unknownRange()
  return { variable: name.kind === 'variable' || name.kind === 'constant' ? name.name : '', from }
}

function unknownRange(): Undecidable {
  return new Undecidable('the range of a sum is not understood')
}
