import { contains } from '../evaluate/names.ts'
import type { Node } from '../read/node.ts'
import { render } from '../read/render.ts'
import { hasSigns, withEverySign } from './both-signs.ts'
import { type Comparison, eachEqual, type Outcome, sameItems } from './comparison.ts'
import { equationSides } from './equation-sides.ts'
import { isSet, sameReals } from './sets.ts'
import { sameVector } from './tuples-and-vectors.ts'

/** Items without brackets, in braces, or with signs left open: what counts is which they are. */
export function isList(node: Node): boolean {
  return node.kind === 'sequence' && (node.open === '' || node.open === '{')
}

/** Lists and finite sets. A list in brackets of its own, or a chain of inequalities, may be a set of reals. */
export function sameList(gold: Node, answer: Node, comparison: Comparison): Outcome {
  const strict = comparison.options.strict === true
  if (contradicts(gold, answer)) return false
  const pieces = samePieces(gold, answer, comparison)
  if (pieces !== undefined) return pieces
  const [left, right] = [itemsOf(gold), answersOf(itemsOf(answer), gold)]
  if (left !== null && right !== null) {
    if (!strict && left.length > 1 && left.length === right.length) {
      const [mine, theirs] = [withoutOneLabel(left), withoutOneLabel(right)]
      const values = mine !== null && theirs !== null
      // With labels on one side only, the order says which is which; values of one unknown have none.
      if (isLabelled(left) !== isLabelled(right))
        return values ? sameItems(mine, theirs, comparison) : eachEqual(left, right, comparison)
      // x_1 = 2, x_2 = 3 are the values that x = 2, 3 has.
      if (values && oneLetter(left) === oneLetter(right) && sameItems(mine, theirs, comparison) === true) return true
    }
    if (strict && isOrdered(gold) && isOrdered(answer)) return eachEqual(left, right, comparison)
    const same = sameItems(left, right, comparison)
    if (same !== false) return same
    if (isThree(gold, answer) && !strict) return eachEqual(bare(gold), bare(answer), comparison)
    const relations = [...left, ...right].some(
      (item) => item.kind === 'relation' && item.signs.some((sign) => sign !== '='),
    )
    return relations ? (sameReals(gold, answer, comparison) ?? false) : false
  }
  const reals = sameReals(gold, answer, comparison)
  if (reals !== null) return reals
  return sameVector(gold, answer, comparison)
}

function isLabelled(items: readonly Node[]): boolean {
  return items.some((item) => item.kind === 'relation' || item.kind === 'labelled')
}

/** The items without the name that all of them have, numbered perhaps: x_1 = 2, x_2 = 3; null when they have several. */
function withoutOneLabel(items: readonly Node[]): readonly Node[] | null {
  const letters = new Set<string>()
  const values: Node[] = []
  for (const item of items) {
    const [name, value] = equationSides(item)
    if (name?.kind === 'variable' && value !== undefined) {
      letters.add(name.name.replace(/_?\d+$/, ''))
      values.push(value)
    } else if (item.kind === 'labelled') return null
    else values.push(item)
  }
  return letters.size <= 1 ? values : null
}

/** The letter of the unknown that the items are values of, without its number. */
function oneLetter(items: readonly Node[]): string {
  const [first] = items
  const name = first?.kind === 'relation' ? first.sides[0] : undefined
  return name?.kind === 'variable' ? name.name.replace(/_?\d+$/, '') : ''
}

/** A function given by cases is compared with another one given so, piece by piece; undefined when neither is one. */
function samePieces(gold: Node, answer: Node, comparison: Comparison): Outcome | undefined {
  const [left, right] = [gold, answer].map((node) =>
    node.kind === 'relation' && node.signs.length === 1 ? (node.sides[1] ?? node) : node,
  )
  const [a, b] = [left, right].map((node) => (node?.kind === 'sequence' && node.joint === 'cases' ? node.items : null))
  if (a == null && b == null) return undefined
  return a == null || b == null ? false : sameItems(a, b, comparison)
}

/** "red and blue" is not "red or blue"; of numbers both say which they are. */
function contradicts(gold: Node, answer: Node): boolean {
  if (gold.kind !== 'sequence' || answer.kind !== 'sequence' || gold.joint === answer.joint) return false
  if (gold.joint !== 'or' && answer.joint !== 'or') return false
  if (gold.items.every((item) => item.kind === 'text' || item.kind === 'variable'))
    return gold.joint !== undefined && answer.joint !== undefined
  const names = new Set(
    gold.items.map((item) =>
      item.kind === 'relation' && item.sides[0]?.kind === 'variable' ? item.sides[0].name : '',
    ),
  )
  names.delete('')
  return names.size > 1
}

/** Without the "yes" before an answer to a question that also asks for a value. */
function answersOf(items: readonly Node[] | null, gold: Node): readonly Node[] | null {
  const [first] = items ?? []
  if (items === null || items.length < 2 || first?.kind !== 'text' || !/^(?:yes|true)$/i.test(first.words)) return items
  return contains(gold, (each) => each.kind === 'text') ? items : items.slice(1)
}

/** One of them is a point or a vector of at least three coordinates, the other lacks the brackets. */
function isThree(gold: Node, answer: Node): boolean {
  const [left, right] = [bare(gold), bare(answer)]
  return (
    left.length >= 3 &&
    left.length === right.length &&
    [gold, answer].every((node) => node.kind === 'sequence' && node.open !== '{')
  )
}

function bare(node: Node): readonly Node[] {
  return node.kind === 'sequence' ? node.items : []
}

function isOrdered(node: Node): boolean {
  return node.kind === 'sequence' && node.open === ''
}

/** The items of a list, with both readings of `\pm`, each once in a set; of a single answer itself. Null for other structures. */
function itemsOf(node: Node): readonly Node[] | null {
  if (node.kind === 'sequence' && (node.open === '' || node.open === '{')) {
    if (node.open === '{' && node.items.length === 1 && node.items[0]?.kind === 'region') return null
    const items = unlabelledItems(node.items).flatMap(itemsWithSigns)
    return node.open === '{' || node.items.length !== items.length ? distinct(items) : items
  }
  if (isSet(node)) return null
  // n ∈ {2, 3}
  if (
    node.kind === 'relation' &&
    node.signs.length === 1 &&
    node.signs[0] === '∈' &&
    (node.sides[0]?.kind === 'variable' || node.sides[0]?.kind === 'sequence')
  ) {
    const [, set] = node.sides
    if (set?.kind === 'sequence' && set.open === '{') return itemsOf(set)
  }
  return distinct(itemsWithSigns(node))
}

/** `n = 2, 3, 4` says what n is three times. */
export function unlabelledItems(items: readonly Node[]): readonly Node[] {
  const [first, ...rest] = items
  const [name, value] = first === undefined ? [] : equationSides(first)
  return name?.kind !== 'variable' ||
    value === undefined ||
    rest.length === 0 ||
    rest.some((item) => item.kind === 'relation')
    ? items
    : [value, ...rest]
}

function itemsWithSigns(node: Node): readonly Node[] {
  if (node.kind === 'sequence' && node.open === '') return node.items.flatMap(itemsWithSigns)
  return hasSigns(node) ? withEverySign(node) : [node]
}

function distinct(items: readonly Node[]): readonly Node[] {
  const seen = new Map(items.map((item) => [render(item), item]))
  return [...seen.values()]
}
