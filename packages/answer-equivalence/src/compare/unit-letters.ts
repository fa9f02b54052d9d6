import { namesOf } from '../evaluate/names.ts'
import { productOf } from '../read/build-node.ts'
import type { Node } from '../read/node.ts'
import { render } from '../read/render.ts'

const symbols = /^[mshgkLlNJWVAK]$/

type Quantity = Node & { readonly kind: 'quantity' }

/** A number times letters that are symbols of units, as `9.8 m/s^2`, read as a quantity; null when it is something else. */
export function unitFromLetters(node: Node): Quantity | null {
  if (node.kind === 'negative') {
    const inner = unitFromLetters(node.of)
    return inner === null ? null : { ...inner, of: { kind: 'negative', of: inner.of } }
  }
  if (node.kind === 'product') {
    const numbers = node.factors.filter((factor) => namesOf([factor]).all.size === 0)
    const units = node.factors.slice(numbers.length).map(symbolOf)
    if (numbers.length === 0 || units.length === 0 || !units.every((unit) => unit !== null)) return null
    return { kind: 'quantity', of: productOf(numbers), unit: units.join(' ') }
  }
  if (node.kind !== 'quotient') return null
  const above = unitFromLetters(node.above)
  const below = symbolOf(node.below)
  return above === null || below === null ? null : { ...above, unit: `${above.unit} per ${below}` }
}

function symbolOf(node: Node): string | null {
  if (node.kind === 'variable') return symbols.test(node.name) ? node.name : null
  if (node.kind !== 'power' || node.base.kind !== 'variable' || !symbols.test(node.base.name)) return null
  return `${node.base.name}^${render(node.exponent)}`
}
