import { limits, Undecidable } from '../limits.ts'
import { infinity, withConditions } from './build-node.ts'
import { ConditionParser } from './condition-parser.ts'
import { Malformed } from './errors.ts'
import type { Node } from './node.ts'
import type { Token } from './token.ts'
import { isCloser, isConditionalWord, isConnective, isTextual, jointOf, textOf } from './token-predicates.ts'
import { tokenize } from './tokenize.ts'
import { hedges } from './vocabulary.ts'

export { Malformed, Unevaluated } from './errors.ts'

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
 *
 * Each parser of the chain reads its part of the grammar and knows those below it: Parser, condition, relation, sum, product, command,
 * bracket, name, Cursor.
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

class Parser extends ConditionParser {
  all(): Node {
    if (this.tokens.length === 0) throw new Malformed('the answer is empty')
    const node = this.list(() => false)
    if (this.at < this.tokens.length) throw new Malformed(`${this.shown()} is left over`)
    return node
  }

  protected list(ends: () => boolean): Node {
    return this.deeper(() => {
      const items: Node[] = []
      const conditions: Node[] = []
      let joint: 'and' | 'or' | undefined
      let dangling = false
      for (;;) {
        for (; this.isSeparator(); this.at++) {
          const word = jointOf(this.now)
          dangling = word !== undefined
          joint = word ?? joint
        }
        if (this.now === undefined || ends()) {
          if (dangling) throw new Malformed(`something is missing after "${joint ?? ''}"`)
          break
        }
        // "…, where k is an integer"
        if (items.length > 0 && (conditions.length > 0 || this.isConditional())) conditions.push(this.condition())
        else items.push(this.item())
        if (items.length > limits.items) throw new Undecidable(`the answer has more than ${limits.items} items`)
        if (this.now === undefined || ends()) break
        if (!this.isSeparator() && conditions.length === 0) throw new Malformed(`${this.shown()} is left over`)
      }
      const node = withConditions(items, joint)
      return conditions.length === 0 ? node : { kind: 'conditional', of: node, conditions }
    })
  }

  protected item(): Node {
    const begin = this.at
    const worded = this.now?.kind === 'word' ? this.#worded() : null
    if (worded !== null) return worded
    if (this.isCommand('forall')) return this.condition()
    const node = this.#relationBeforeWords(begin)
    if (node === null) return this.prose(begin)
    if (this.isSign('\\\\') && this.inMatrix > 0) return node
    if (this.isConditional()) return { kind: 'conditional', of: node, conditions: [this.condition()] }
    if (this.now?.kind === 'word' && !this.isSeparator()) return this.prose(begin)
    if (node.kind !== 'variable' || this.inBuilder || !this.accept(':')) return node
    return { kind: 'labelled', label: node.name, of: this.item() }
  }

  /** A relation; null where none can be read but words follow. */
  #relationBeforeWords(begin: number): Node | null {
    try {
      return this.relation()
    } catch (error) {
      if (!(error instanceof Malformed) || !this.tokens.slice(begin).some(({ kind }) => kind === 'word')) throw error
      return null
    }
  }

  /** An item that begins with words: text alone, a label, an amount of a named currency; null when it is none of these. */
  #worded(): Node | null {
    const begin = this.at
    let end = begin + 1
    while (isTextual(this.tokens[end]) && !isConnective(this.tokens[end])) end++
    const words = this.tokens.slice(begin, end)
    const text = textOf(words)
    const following = this.tokens[end]
    if (following === undefined || this.#endsText(following, end)) {
      this.at = end
      return { kind: 'text', words: text }
    }
    if (isConditionalWord(words[0])) return this.condition()
    const single = words.length === 1
    if (single && isSignWord(text) && following.text === 'infty' && this.tokens[end + 1] === undefined) {
      this.at = end + 1
      return /^[nm]/i.test(text) ? { kind: 'negative', of: infinity } : infinity
    }
    if (
      following.kind === 'number' &&
      /^(?:the )?(?:min(?:imum)?|max(?:imum)?|row|column|mean|median|mode|area|perimeter|least|greatest|smallest|largest)(?: value)?$/i.test(
        text,
      )
    ) {
      this.at = end
      return { kind: 'labelled', label: text, of: this.item() }
    }
    if (single && /^(?:negative|minus)$/i.test(text) && following.kind === 'number') {
      this.at = end
      return { kind: 'negative', of: this.item() }
    }
    // A name in letters with a subscript: a number in a base.
    if (following.text === '_') return null
    const equals = following.text === ':' || following.text === '='
    if (equals || isVerb(words.at(-1)?.text ?? '')) {
      if (!isLabel(words)) return this.prose(begin)
      this.at = equals ? end + 1 : end
      return { kind: 'labelled', label: text.replace(/\s+(?:is|are|equals|be|was)$/, ''), of: this.item() }
    }
    if (single && isCurrencyName(text)) {
      this.at = following.text === '.' || following.text === '$' ? end + 1 : end
      return { kind: 'quantity', of: this.relation(), unit: text }
    }
    // A word that is a variable of more letters, as in `area \cdot 2` or `AREA^2`, is not read.
    return single && text.length === 1 ? null : this.prose(begin)
  }

  /** Whether words are all of an item before the token at an index. */
  #endsText(following: Token, index: number): boolean {
    return this.isSeparator(index) || isCloser(following) || (following.text === '&' && this.inMatrix > 0)
  }
}

/** A sign in words, before infinity. */
function isSignWord(text: string): boolean {
  return /^(?:negative|minus|positive|plus)$/i.test(text)
}

function isVerb(word: string): boolean {
  return /^(?:is|are|equals|be|was)$/.test(word)
}

function isCurrencyName(word: string): boolean {
  return /^(?:rs|usd|eur|inr|us|gbp|aud|cad|aed)$/i.test(word.replace('.', ''))
}

/** A few words that name what follows, without denying or hedging it. */
function isLabel(words: readonly Token[]): boolean {
  const content = words.map(({ text }) => text.toLowerCase()).filter((word) => /\p{L}/u.test(word))
  const named = isVerb(content.at(-1) ?? '') ? content.slice(0, -1) : content
  return named.length <= 6 && !named.some((word) => hedges.has(word))
}
