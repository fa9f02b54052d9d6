import type { Node } from './node.ts'

/**
 * One line for a tree: equal lines are equal trees. Numbers that are equal are written alike, terms and factors stand in their own order.
 * Not LaTeX; for comparison and for messages.
 */
export function render(node: Node): string {
  switch (node.kind) {
    case 'number':
      return rational(node.numerator, node.denominator)
    case 'variable':
      return node.name
    case 'constant':
      return node.name
    case 'sum':
      return `(${node.terms.map(render).join(' + ')})`
    case 'product':
      return `(${node.factors.map(render).join(' ')})`
    case 'quotient':
      return `(${render(node.above)} / ${render(node.below)})`
    case 'power':
      return `(${render(node.base)}^${render(node.exponent)})`
    case 'negative':
      return `(-${render(node.of)})`
    case 'either-sign':
      return `${node.upper === 1 ? '±' : '∓'}${render(node.of)}`
    case 'function':
    case 'application':
      return `${node.name}(${node.arguments.map(render).join(', ')})`
    case 'series':
      return `${node.sum ? 'sum' : 'prod'}(${node.variable}, ${render(node.from)}, ${render(node.to)}, ${render(node.body)})`
    case 'matrix':
      return `${node.bars ? 'det' : ''}[${node.rows.map((row) => row.map(render).join(', ')).join('; ')}]`
    case 'percent':
      return `${render(node.of)}%`
    case 'degrees':
      return `${render(node.of)}°`
    case 'based':
      return `${node.digits}_${node.base}`
    case 'quantity':
      return `${render(node.of)} ${node.unit}`
    case 'ratio':
      return node.parts.map(render).join(':')
    case 'sequence':
      return `${node.open}${node.items.map(render).join(', ')}${node.close}`
    case 'relation':
      return node.sides.map((side, index) => `${render(side)}${node.signs[index] ?? ''}`).join('')
    case 'region':
      return node.name
    case 'set-operation':
      return `(${render(node.left)} ${node.sign} ${render(node.right)})`
    case 'set-builder':
      return `{${render(node.element)} | ${node.conditions.map(render).join(', ')}}`
    case 'conditional':
      return `${render(node.of)} if ${node.conditions.map(render).join(', ')}`
    case 'labelled':
      return `${node.label}: ${render(node.of)}`
    case 'text':
    case 'prose':
      return node.words
    default:
      return unreachable(node)
  }
}

/** A rational number in lowest terms. */
function rational(numerator: bigint, denominator: bigint): string {
  let a = numerator < 0n ? -numerator : numerator
  let b = denominator
  while (b !== 0n) [a, b] = [b, a % b]
  const divisor = a === 0n ? 1n : a
  return denominator === divisor ? `${numerator / divisor}` : `${numerator / divisor}/${denominator / divisor}`
}

function unreachable(node: never): never {
  throw new Error(`no such node: ${JSON.stringify(node)}`)
}
