/**
 * What an answer says. Expressions and structures are one tree: a set may hold intervals, an interval expressions.
 *
 * `number`: the rational numerator/denominator; `decimals` is how many were printed, null for one without a decimal point.
 */
export type Node =
  | {
      readonly kind: 'number'
      readonly numerator: bigint
      readonly denominator: bigint
      readonly decimals: number | null
    }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'constant'; readonly name: 'pi' | 'e' | 'i' | 'infinity' }
  | { readonly kind: 'sum'; readonly terms: readonly Node[] }
  | { readonly kind: 'product'; readonly factors: readonly Node[] }
  | { readonly kind: 'quotient'; readonly above: Node; readonly below: Node }
  | { readonly kind: 'power'; readonly base: Node; readonly exponent: Node }
  | { readonly kind: 'negative'; readonly of: Node }
  | { readonly kind: 'either-sign'; readonly upper: 1 | -1; readonly of: Node }
  | { readonly kind: 'function'; readonly name: string; readonly arguments: readonly Node[] }
  | { readonly kind: 'application'; readonly name: string; readonly arguments: readonly Node[] }
  | {
      readonly kind: 'series'
      readonly sum: boolean
      readonly variable: string
      readonly from: Node
      readonly to: Node
      readonly body: Node
    }
  | { readonly kind: 'matrix'; readonly rows: readonly (readonly Node[])[]; readonly bars: boolean }
  | { readonly kind: 'percent'; readonly of: Node }
  | { readonly kind: 'degrees'; readonly of: Node }
  | { readonly kind: 'based'; readonly digits: string; readonly base: number; readonly value: bigint }
  | { readonly kind: 'quantity'; readonly of: Node; readonly unit: string }
  | { readonly kind: 'ratio'; readonly parts: readonly Node[] }
  | {
      readonly kind: 'sequence'
      readonly open: Opening
      readonly close: Closing
      readonly items: readonly Node[]
      /** The word between the items of a list, when there is one. */
      readonly joint?: 'and' | 'or' | 'cases'
    }
  | { readonly kind: 'relation'; readonly sides: readonly Node[]; readonly signs: readonly RelationSign[] }
  | { readonly kind: 'region'; readonly name: 'R' | 'Z' | 'N' | 'Q' | 'C' | 'empty' }
  | {
      readonly kind: 'set-operation'
      readonly sign: 'union' | 'intersection' | 'difference'
      readonly left: Node
      readonly right: Node
    }
  | { readonly kind: 'set-builder'; readonly element: Node; readonly conditions: readonly Node[] }
  | { readonly kind: 'conditional'; readonly of: Node; readonly conditions: readonly Node[] }
  | { readonly kind: 'labelled'; readonly label: string; readonly of: Node }
  | { readonly kind: 'text'; readonly words: string }
  /** Mathematics with words around it that are no unit, label or condition. */
  | { readonly kind: 'prose'; readonly words: string }

/** `''`: a list without brackets. `or`: alternatives. */
export type Opening = '' | '(' | '[' | '{' | '<' | ']'
export type Closing = '' | ')' | ']' | '}' | '>' | '['

export type RelationSign =
  | '='
  | '≠'
  | '<'
  | '≤'
  | '>'
  | '≥'
  | '≈'
  | '∈'
  | '∉'
  | '≡'
  | '→'
  | '∼'
  | '⊂'
  | '⊃'
  | '∥'
  | '⊥'
  | '⇒'
  | '⇔'

/** An exact whole number. */
export function whole(value: bigint | number): Node {
  return { kind: 'number', numerator: BigInt(value), denominator: 1n, decimals: null }
}
