import { own } from '../own.ts'
import { closings, modulusCommands } from './symbols.ts'
import type { Token } from './token.ts'
import { conditionals, connectives } from './vocabulary.ts'

/** Whether an operand may end with the token. */
export function endsOperand(token: Token | undefined): boolean {
  return (
    token !== undefined &&
    (token.kind === 'number' ||
      token.kind === 'letter' ||
      (token.kind === 'command' && /^(?:infty|pi)$/.test(token.text)) ||
      token.text === ')' ||
      token.text === '}' ||
      token.text === '!')
  )
}

/** Whether an operand may begin with the token. */
export function startsAtom(token: Token | undefined): boolean {
  return token !== undefined && token.kind !== 'word' && (token.kind !== 'sign' || /^[([{\-+|]$/.test(token.text))
}

/** A word, or punctuation that may stand between words. */
export function isTextual(token: Token | undefined): boolean {
  return token !== undefined && (token.kind === 'word' || (token.kind === 'sign' && /^['".?]$/.test(token.text)))
}

/** The end of a bracket or of an environment. */
export function isCloser(token: Token): boolean {
  return token.kind !== 'number' && (own(closings, token.text) !== undefined || token.text.startsWith('end{'))
}

/** A word between the items of a list. */
export function isConnective(token: Token | undefined): boolean {
  return token !== undefined && token.kind === 'word' && connectives.has(token.text.toLowerCase())
}

/** A word like "where" or "for": what follows says for which values the answer holds. */
export function isConditionalWord(token: Token | undefined): boolean {
  return token !== undefined && token.kind === 'word' && conditionals.has(token.text.toLowerCase())
}

/** A word or a letter, either of which may be the name of a unit. */
export function isUnitName(token: Token | undefined): boolean {
  return token !== undefined && (token.kind === 'word' || token.kind === 'letter')
}

/** A sign that makes what is in a bracket a condition. */
export function isRelationMark(token: Token): boolean {
  return (token.kind === 'command' || token.kind === 'sign') && /^(?:in|ne|le|ge|=|<|>)$/.test(token.text)
}

/** `mod` and its like. */
export function isModulus(token: Token | undefined): boolean {
  return token !== undefined && modulusCommands.has(token.text)
}

/** Which word a connective is: `or` for alternatives; undefined for what is neither a word nor a command. */
export function jointOf(token: Token | undefined): 'and' | 'or' | undefined {
  if (token === undefined || (token.kind !== 'word' && token.kind !== 'command')) return undefined
  return /^(?:or|oder|ou|или|或|vee)$/i.test(token.text) ? 'or' : 'and'
}

/** The tokens as they were written, with one space for any white space. */
export function textOf(tokens: readonly Token[]): string {
  return tokens.map(({ text, spaced }, index) => (index > 0 && spaced ? ` ${text}` : text)).join('')
}
