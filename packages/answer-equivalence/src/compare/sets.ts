import { namesOf } from '../evaluate/names.ts'
import { substitute } from '../evaluate/substitute.ts'
import type { Node } from '../read/node.ts'
import { all, type Comparison, type Outcome, sameItems } from './comparison.ts'
import { realSetOf, sameRealSet } from './real-sets.ts'

type Builder = Node & { readonly kind: 'set-builder' }

/** An operation on sets, or a set by description. */
export function isSet(node: Node): boolean {
  return node.kind === 'set-operation' || node.kind === 'set-builder'
}

/** Null when one of them is no set of reals. */
export function sameReals(gold: Node, answer: Node, comparison: Comparison): Outcome {
  if (comparison.options.strict === true && gold.kind !== answer.kind) return null
  const left = realSetOf(gold, comparison)
  const right = left === null ? null : realSetOf(answer, comparison)
  return left === null || right === null ? null : sameRealSet(left, right, comparison)
}

/** At least one is an operation on sets or describes a set: as sets of reals, else part by part. */
export function sameSet(gold: Node, answer: Node, comparison: Comparison): Outcome {
  const reals = sameReals(gold, answer, comparison)
  if (reals !== null) return reals
  if (gold.kind === 'set-operation' && answer.kind === 'set-operation' && gold.sign === answer.sign)
    return gold.sign === 'difference'
      ? all([comparison.equal(gold.left, answer.left), comparison.equal(gold.right, answer.right)])
      : sameItems(partsOf(gold, gold.sign), partsOf(answer, answer.sign), comparison)
  if (gold.kind === 'set-builder' && answer.kind === 'set-builder') return sameBuilder(gold, answer, comparison)
  // A number is no set, however it is described.
  if (gold.kind === 'number' || answer.kind === 'number') return false
  return gold.kind === 'set-builder' || answer.kind === 'set-builder' ? null : false
}

/** The operands of a chain of the same operation. */
function partsOf(node: Node, sign: 'union' | 'intersection' | 'difference'): readonly Node[] {
  return node.kind === 'set-operation' && node.sign === sign
    ? [...partsOf(node.left, sign), ...partsOf(node.right, sign)]
    : [node]
}

/** Element and conditions, with the gold's name for the answer's variable. */
function sameBuilder(gold: Builder, answer: Builder, comparison: Comparison): Outcome {
  const [name] = namesOf([gold.element]).all
  const [other] = namesOf([answer.element]).all
  const renames = name !== undefined && other !== undefined && comparison.options.strict !== true
  const renamed = renames ? substitute(answer, (each) => (each === other ? { kind: 'variable', name } : null)) : answer
  if (renamed.kind !== 'set-builder') return null
  return all([
    comparison.equal(gold.element, renamed.element),
    sameItems(gold.conditions, renamed.conditions, comparison),
  ])
}
