import type { Node } from '../read/node.ts'
import { children } from '../read/parts.ts'

/** The variables of a tree; `whole` are those that only make sense as whole numbers: in factorials, bounds of sums, powers of -1. */
export interface Names {
  readonly all: Set<string>
  readonly whole: Set<string>
}

/** The variables of all the nodes together. */
export function namesOf(nodes: readonly Node[]): Names {
  const names: Names = { all: new Set(), whole: new Set() }
  for (const node of nodes) collect(node, false, new Set(), names)
  return names
}

function collect(node: Node, whole: boolean, bound: ReadonlySet<string>, names: Names): void {
  const into = (each: Node, asWhole = whole): void => collect(each, asWhole, bound, names)
  switch (node.kind) {
    case 'variable':
      if (bound.has(node.name)) return
      names.all.add(node.name)
      if (whole) names.whole.add(node.name)
      return
    case 'power':
      into(node.base)
      into(node.exponent, whole || isNegative(node.base))
      return
    case 'function':
      for (const each of node.arguments)
        into(each, whole || /^(?:factorial|double-factorial|binomial|gcd|lcm|modulo|congruent)$/.test(node.name))
      // ⌊n/2⌋ is about whole n, ⌊x⌋ about any x.
      if (node.name === 'floor' || node.name === 'ceil')
        for (const name of namesOf(node.arguments).all)
          if (/^[nmkijlN]$/.test(name) && !bound.has(name)) names.whole.add(name)
      return
    case 'series':
      into(node.from, true)
      into(node.to, true)
      collect(node.body, whole, new Set([...bound, node.variable]), names)
      return
    default:
      for (const each of children(node)) into(each)
  }
}

function isNegative(node: Node): boolean {
  return node.kind === 'negative' || (node.kind === 'number' && node.numerator < 0n)
}

/** Whether the tree, or a part of it, is of one of the kinds. */
export function contains(node: Node, test: (node: Node) => boolean): boolean {
  return test(node) || children(node).some((each) => contains(each, test))
}
