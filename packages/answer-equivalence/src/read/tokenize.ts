import { limits, Undecidable } from '../limits.ts'
import { own } from '../own.ts'
import { invisible, isCommand, sizing, spacing, synonyms, textual } from './commands.ts'
import { afterGroup, matching, skipSpace } from './groups.ts'
import { isDigit, isGrouped, isMoney, numberEnd, plainDigits } from './numerals.ts'
import type { BareToken, Token } from './token.ts'
import { pushWord, styledToken } from './words.ts'

/** Signs of more characters, with what they mean; others of the pattern mean themselves. */
const longSigns: Readonly<Record<string, BareToken>> = {
  '<=': { kind: 'command', text: 'le' },
  '=<': { kind: 'command', text: 'le' },
  '>=': { kind: 'command', text: 'ge' },
  '!=': { kind: 'command', text: 'ne' },
  '==': { kind: 'sign', text: '=' },
  ':=': { kind: 'sign', text: '=' },
  '->': { kind: 'command', text: 'to' },
  '=>': { kind: 'command', text: 'implies' },
  '+-': { kind: 'command', text: 'pm' },
  '+/-': { kind: 'command', text: 'pm' },
}
const longSign = /^(?:<=|>=|!=|==|=<|:=|->|=>|\+-|\+\/-|\*\*)/

/**
 * The pieces of a normalised answer; `inText`: of what stands in `\text{…}`. Throws Undecidable for a text beyond the limits. Linear in its
 * length.
 */
export function tokenize(text: string, inText = false): Token[] {
  return new Scanner(text, inText, 0).scan()
}

/** Texts in texts; each is read once more than the one around it. */
const deepestText = 8

class Scanner {
  readonly #text: string
  readonly #inText: boolean
  readonly #texts: number
  readonly #tokens: Token[] = []
  #at = 0
  #spaced = false
  /** Dollar signs in the text, counted once they matter. */
  #dollars: number | null = null
  /** Matrices and the like that are open: elsewhere `&` only aligns. */
  #tables = 0

  /** `texts`: in how many others the text stands. */
  constructor(text: string, inText: boolean, texts: number) {
    if (texts > deepestText) throw new Undecidable(`texts are nested deeper than ${deepestText}`)
    this.#text = text
    this.#inText = inText
    this.#texts = texts
  }

  scan(): Token[] {
    while (this.#at < this.#text.length) this.#next(this.#text[this.#at] ?? '')
    return this.#tokens
  }

  readonly #push = (token: BareToken): void => {
    this.#tokens.push({ ...token, spaced: this.#spaced })
    this.#spaced = false
  }

  #next(letter: string): void {
    if (letter === '\\') this.#backslash(this.#text[this.#at + 1] ?? '')
    else if (letter === '$') this.#dollar()
    else if (/\s/.test(letter) || letter === '~' || (letter === '&' && this.#tables <= 0)) this.#space(1)
    else if (isDigit(letter) || (letter === '.' && isDigit(this.#text[this.#at + 1] ?? ''))) this.#number()
    else if (/\p{L}/u.test(letter)) this.#word()
    else this.#sign(letter)
  }

  #space(length: number): void {
    this.#spaced = true
    this.#at += length
  }

  /** A dollar sign that is no money begins or ends mathematics. */
  #dollar(): void {
    this.#dollars ??= (this.#text.match(/(?<!\\)\$/g) ?? []).length
    if (this.#dollars === 1 && isMoney(this.#text, this.#at)) this.#sign('$')
    else this.#space(1)
  }

  #number(): void {
    const end = numberEnd(this.#text, this.#at)
    const raw = this.#text.slice(this.#at, end)
    if (raw.length > limits.digits) throw new Undecidable(`a number has more than ${limits.digits} digits`)
    this.#push({ kind: 'number', text: plainDigits(raw), grouped: isGrouped(raw) })
    this.#at = end
  }

  #word(): void {
    const text = this.#text
    let end = this.#at + 1
    while (end < text.length && /[\p{L}\p{M}'’]/u.test(text[end] ?? '')) end++
    const [beforeLast, last] = [this.#tokens.at(-2), this.#tokens.at(-1)]
    // `\frac13ml^2` is a product; "25 sq cm" is an area.
    const afterNumber = (last?.kind === 'number' && beforeLast?.text !== 'frac') || last?.kind === 'word'
    pushWord(
      text.slice(this.#at, end),
      { inText: this.#inText, afterNumber, next: text.slice(end, end + 6) },
      this.#push,
    )
    this.#at = end
  }

  #sign(letter: string): void {
    const sign = longSign.exec(this.#text.slice(this.#at, this.#at + 3))?.[0] ?? letter
    this.#push(own(longSigns, sign) ?? { kind: 'sign', text: sign })
    this.#at += sign.length
  }

  #backslash(next: string): void {
    if (/[A-Za-z]/.test(next)) this.#command()
    // A backslash before a digit says nothing.
    else if (isDigit(next)) this.#at++
    else {
      this.#at += 2
      if (next === '\\') this.#doubled()
      else this.#escaped(next)
    }
  }

  /** After two backslashes: one that a JSON escape doubled stands before a command's name, a line break of LaTeX before anything else. */
  #doubled(): void {
    const name = /^[A-Za-z]{2,}/.exec(this.#text.slice(this.#at, this.#at + 24))?.[0]
    if (name !== undefined && isCommand(name)) this.#at--
    else {
      this.#push({ kind: 'sign', text: '\\\\' })
      // The height of the break: `\\\\[1ex]`.
      const height = /^\s?\[-?[\d.]+\s?(?:ex|em|pt|mm|cm|in|px)\]/.exec(this.#text.slice(this.#at, this.#at + 16))
      this.#at += height?.[0].length ?? 0
    }
  }

  /** After a backslash and another character than a letter. */
  #escaped(character: string): void {
    if (/^[()[\]\n\t]?$/.test(character) || spacing.has(character)) this.#spaced = true
    else if (character === '|') this.#push({ kind: 'sign', text: '‖' })
    else if (character === '{' || character === '}') this.#push({ kind: 'sign', text: `\\${character}` })
    else if (/^[$%&#_]$/.test(character)) this.#push({ kind: 'sign', text: character })
  }

  #command(): void {
    const text = this.#text
    let end = this.#at + 1
    while (end < text.length && /[A-Za-z]/.test(text[end] ?? '')) end++
    const name = text.slice(this.#at + 1, end)
    this.#at = text[end] === '*' ? end + 1 : end
    if (spacing.has(name)) this.#spacing(name)
    else if (sizing.has(name)) this.#sizing(name)
    else if (textual.has(name)) this.#textual(name)
    else if (name === 'begin' || name === 'end') this.#environment(name)
    else if (invisible.has(name)) this.#at = afterGroup(text, this.#at)
    else if (name === 'boxed' || name === 'fbox') this.#spaced = true
    else this.#push(commandToken(synonyms.get(name) ?? name))
  }

  #spacing(name: string): void {
    if (name === 'hspace' || name === 'vspace') this.#at = afterGroup(this.#text, this.#at)
    this.#spaced = true
  }

  /** `\left.` and `\right.` are no brackets. */
  #sizing(name: string): void {
    if (name !== 'left' && name !== 'right') return
    this.#at += /^\s{0,4}\./.exec(this.#text.slice(this.#at, this.#at + 6))?.[0].length ?? 0
  }

  /** `\text{…}`. What is mathematics in it, as `\text{13}` or `\mathrm{e}`, is read as such. */
  #textual(name: string): void {
    const open = skipSpace(this.#text, this.#at)
    if (this.#text[open] !== '{' && /^(?:rm|bf|it)$/.test(name)) {
      // The old form: `{\rm cm}`.
      const end = this.#text.indexOf('}', this.#at)
      const stop = end === -1 ? this.#text.length : end
      const content = this.#text.slice(this.#at, stop)
      this.#at = stop
      this.#styled(content, name)
      return
    }
    if (this.#text[open] !== '{') {
      this.#spaced = true
      return
    }
    const close = matching(this.#text, open)
    this.#at = close + 1
    this.#styled(this.#text.slice(open + 1, close), name)
  }

  #styled(content: string, style: string): void {
    const inner = content.trim()
    if (content !== content.trimStart()) this.#spaced = true
    const whole = styledToken(inner, style)
    if (whole !== null) {
      this.#push(whole)
      return
    }
    for (const { spaced, ...token } of new Scanner(inner, true, this.#texts + 1).scan()) {
      if (spaced) this.#spaced = true
      this.#push(token)
    }
    if (content !== content.trimEnd()) this.#spaced = true
  }

  #environment(side: 'begin' | 'end'): void {
    const text = this.#text
    const open = skipSpace(text, this.#at)
    const close = text[open] === '{' ? matching(text, open) : open
    const name = text.slice(open + 1, close).replaceAll(/[*\s]/g, '')
    this.#at = close + 1
    // The columns of `\begin{array}{cc}`.
    if (side === 'begin' && /^(?:array|tabular)$/.test(name)) this.#at = afterGroup(text, this.#at)
    if (/matrix$|array|tabular|cases$/.test(name)) this.#tables += side === 'begin' ? 1 : -1
    this.#push({ kind: 'command', text: `${side}{${name}}` })
  }
}

/** A command, or the sign that it spells. */
function commandToken(name: string): BareToken {
  if (/^[A-Za-z]/.test(name)) return { kind: 'command', text: name }
  return { kind: 'sign', text: name === '{' || name === '}' ? `\\${name}` : name }
}
