import type { AnswerOptions } from '../answer-options.ts'
import { identical } from '../evaluate/identity.ts'
import { identicalMatrices } from '../evaluate/matrices.ts'
import { contains, namesOf } from '../evaluate/names.ts'
import { substitute } from '../evaluate/substitute.ts'
import type { Budget } from '../limits.ts'
import { type Node, whole } from '../read/node.ts'
import { render } from '../read/render.ts'
import { withBothSigns, withEverySign } from './both-signs.ts'
import { all, type Comparison, eachEqual, type Outcome, sameItems } from './comparison.ts'
import { declaredBy, parametersOf, sameFamily } from './families.ts'
import { sameAmount } from './numbers.ts'
import { realSetOf, sameRealSet } from './real-sets.ts'
import { sameRelation } from './relations.ts'
import { sameSystem } from './systems.ts'
import { sameText } from './texts.ts'

/** Whether two trees are the same answer; null when that could not be decided. */
export function sameAnswer(gold: Node, answer: Node, options: AnswerOptions, budget: Budget): Outcome {
  const comparison: Comparison = {
    options,
    budget,
    equal: (left, right) => {
      budget.spend(1)
      return equal(left, right, comparison)
    },
  }
  const plain = comparison.equal(gold, answer)
  if (plain === true || options.strict === true) return plain
  const constants = withGoldsConstants(gold, answer)
  if (constants !== null && comparison.equal(gold, constants) === true) return true
  const family = undeclaredFamily(gold, answer, comparison)
  if (family === true) return true
  if (options.strict !== false) return plain
  const renamed = renamedLike(gold, answer)
  return renamed === null ? plain : comparison.equal(gold, renamed)
}

function equal(wanted: Node, given: Node, comparison: Comparison): Outcome {
  const [gold, answer] = [pointOf(wanted), pointOf(given)]
  const strict = comparison.options.strict === true
  if (answer.kind === 'prose' || gold.kind === 'prose')
    return gold.kind === 'prose' ? (answer.kind === 'prose' && gold.words === answer.words ? true : null) : false
  if (gold.kind === 'labelled' || answer.kind === 'labelled') return sameLabelled(gold, answer, comparison)
  if (isConditional(gold) || isConditional(answer))
    return sameConditional(conditionalOf(gold), conditionalOf(answer), comparison)
  if (gold.kind === 'text' || answer.kind === 'text') return sameText(gold, answer, strict)
  const system = sameSystem(gold, answer, comparison)
  if (system !== undefined) return system
  if (isList(gold) || isList(answer)) return sameList(gold, answer, comparison)
  if (gold.kind === 'relation' || answer.kind === 'relation') return sameSolved(gold, answer, comparison)
  if (isSet(gold) || isSet(answer)) return sameSet(gold, answer, comparison)
  if (hasSigns(gold) || hasSigns(answer)) return sameItems(withEverySign(gold), withEverySign(answer), comparison)
  if (gold.kind === 'ratio' || answer.kind === 'ratio') return sameRatio(gold, answer, comparison)
  if (hasMatrix(gold) || hasMatrix(answer)) return sameMatrix(gold, answer, comparison)
  if (gold.kind === 'sequence' || answer.kind === 'sequence') return sameTuple(gold, answer, comparison)
  if (gold.kind === 'region' || answer.kind === 'region')
    return gold.kind === answer.kind && render(gold) === render(answer)
  return sameAmount(gold, answer, comparison)
}

function hasSigns(node: Node): boolean {
  return contains(node, (each) => each.kind === 'either-sign')
}

function hasMatrix(node: Node): boolean {
  return contains(node, (each) => each.kind === 'matrix' && !each.bars)
}

/** Items without brackets, in braces, or with signs left open: what counts is which they are. */
function isList(node: Node): boolean {
  return node.kind === 'sequence' && (node.open === '' || node.open === '{')
}

function isSet(node: Node): boolean {
  return node.kind === 'set-operation' || node.kind === 'set-builder'
}

/** `Minimum: 3` is the label and what follows; a label on one side only is dropped. */
function sameLabelled(gold: Node, answer: Node, comparison: Comparison): Outcome {
  if (gold.kind === 'labelled' && answer.kind === 'labelled') {
    const [left, right] = [gold.label, answer.label].map((label) => label.toLowerCase().replaceAll(/[^\p{L}\d]/gu, ''))
    if (left === undefined || right === undefined || !(left.includes(right) || right.includes(left))) return false
    return comparison.equal(gold.of, answer.of)
  }
  if (comparison.options.strict === true) return false
  if (gold.kind === 'labelled') return comparison.equal(gold.of, answer)
  return answer.kind === 'labelled' && /^(?:not|isn't|never|approximately|about|maybe|perhaps)\b/i.test(answer.label)
    ? false
    : comparison.equal(gold, answer.kind === 'labelled' ? answer.of : answer)
}

/** `A(-3, 4)` is the point (-3, 4). */
function pointOf(node: Node): Node {
  if (node.kind !== 'product' || node.factors.length !== 2) return node
  const [name, tuple] = node.factors
  return name?.kind === 'variable' && tuple?.kind === 'sequence' && tuple.open === '(' ? tuple : node
}

/** `\{π/6 + 2πk | k ∈ ℤ\}` is π/6 + 2πk for whole k. */
function isConditional(node: Node): boolean {
  if (node.kind === 'conditional') return true
  if (node.kind !== 'set-builder' || node.element.kind === 'variable' || node.element.kind === 'relation') return false
  return parametersOf({ kind: 'conditional', of: node.element, conditions: node.conditions }).length > 0
}

function conditionalOf(node: Node): Node {
  return node.kind === 'set-builder' && isConditional(node)
    ? { kind: 'conditional', of: node.element, conditions: node.conditions }
    : node
}

function sameConditional(gold: Node, answer: Node, comparison: Comparison): Outcome {
  const family = comparison.options.strict === true ? undefined : sameFamily(gold, answer, comparison)
  if (family !== undefined) return family
  const [left, right] = [unconditional(gold), unconditional(answer)]
  const [mine, theirs] = [declaredBy(gold), declaredBy(answer)]
  const [[name, region] = [undefined, undefined]] = mine
  const [[other, otherRegion] = [undefined, undefined]] = theirs
  if (mine.length === 1 && theirs.length === 1 && region !== otherRegion) return false
  // A family that is no progression: with the parameter of the other side.
  const renamed =
    comparison.options.strict !== true &&
    name !== undefined &&
    other !== undefined &&
    mine.length === 1 &&
    theirs.length === 1
      ? substitute(right, (each) => (each === other ? { kind: 'variable', name } : null))
      : right
  const same = comparison.equal(left, renamed)
  if (same !== true) return same
  // An answer that holds only for some values is none for all of them.
  if (gold.kind !== 'conditional' && answer.kind === 'conditional' && answer.conditions.some(isProviso)) return false
  if (gold.kind !== 'conditional' || answer.kind !== 'conditional')
    return comparison.options.strict === true ? false : same
  const conditions = [gold, answer].map((node) =>
    node.conditions.filter((each) => each.kind === 'relation' && each.signs.some((sign) => /[<>≤≥≠=]/.test(sign))),
  )
  const [a, b] = conditions
  return a === undefined || b === undefined || a.length !== b.length ? same : all([same, sameItems(a, b, comparison)])
}

/** `if x > 0`, not `for all n ≥ 1`. */
function isProviso(node: Node): boolean {
  return (
    node.kind === 'labelled' &&
    node.label === 'if' &&
    node.of.kind === 'relation' &&
    node.of.signs.some((sign) => /[<>≤≥]/.test(sign))
  )
}

function unconditional(node: Node): Node {
  return node.kind === 'conditional' ? node.of : node
}

/** Lists and finite sets. A list in brackets of its own, or a chain of inequalities, may be a set of reals. */
function sameList(gold: Node, answer: Node, comparison: Comparison): Outcome {
  const strict = comparison.options.strict === true
  if (contradicts(gold, answer)) return false
  const [left, right] = [itemsOf(gold), answersOf(itemsOf(answer), gold)]
  if (left !== null && right !== null) {
    if (left.length > 1 && right.length > 1 && left.length === right.length) {
      const labelled = [left, right].map((items) =>
        items.some((item) => item.kind === 'relation' || item.kind === 'labelled'),
      )
      // With labels on one side only, the order says which is which.
      if (labelled[0] !== labelled[1] && !strict) {
        const ordered = eachEqual(left, right, comparison)
        if (ordered !== false) return ordered
      }
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

/** "red and blue" is not "red or blue"; of numbers both say which they are. */
function contradicts(gold: Node, answer: Node): boolean {
  if (gold.kind !== 'sequence' || answer.kind !== 'sequence' || gold.joint === answer.joint) return false
  if (gold.joint !== 'or' && answer.joint !== 'or') return false
  if (gold.items.every((item) => item.kind === 'text')) return gold.joint !== undefined && answer.joint !== undefined
  const names = new Set(
    gold.items.map((item) =>
      item.kind === 'relation' && item.sides[0]?.kind === 'variable' ? item.sides[0].name : '',
    ),
  )
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
    if (node.open === '{' && node.items.length === 1 && (node.items[0]?.kind === 'region' || isSet(node))) return null
    const items = unlabelledItems(node.items).flatMap(itemsWithSigns)
    return node.open === '{' || node.items.length !== items.length ? distinct(items) : items
  }
  if (node.kind === 'set-operation' || node.kind === 'set-builder') return null
  // n ∈ {2, 3}
  if (
    node.kind === 'relation' &&
    node.signs.length === 1 &&
    node.signs[0] === '∈' &&
    node.sides[0]?.kind === 'variable'
  ) {
    const [, set] = node.sides
    if (set?.kind === 'sequence' && set.open === '{') return itemsOf(set)
  }
  return distinct(itemsWithSigns(node))
}

/** `n = 2, 3, 4` says what n is three times. */
function unlabelledItems(items: readonly Node[]): readonly Node[] {
  const [first, ...rest] = items
  if (
    first?.kind !== 'relation' ||
    first.signs.length !== 1 ||
    first.signs[0] !== '=' ||
    first.sides[0]?.kind !== 'variable'
  )
    return items
  const [, value] = first.sides
  return rest.length === 0 || value === undefined || rest.some((item) => item.kind === 'relation')
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

/** Null when one of them is no set of reals. */
function sameReals(gold: Node, answer: Node, comparison: Comparison): Outcome {
  if (comparison.options.strict === true && gold.kind !== answer.kind) return null
  const left = realSetOf(gold, comparison)
  const right = left === null ? null : realSetOf(answer, comparison)
  return left === null || right === null ? null : sameRealSet(left, right, comparison)
}

/** At least one is a relation: solved for a variable it may say the same as a number or a set. */
function sameSolved(gold: Node, answer: Node, comparison: Comparison): Outcome {
  if (hasSigns(gold) || hasSigns(answer)) return sameItems(withBothSigns(gold), withBothSigns(answer), comparison)
  const same = sameRelation(gold, answer, comparison)
  if (same === true) return true
  const variables = [gold, answer].map((node) =>
    node.kind === 'relation' ? node.sides.find((side) => side.kind === 'variable') : undefined,
  )
  const [left, right] = variables
  const inequalities = [gold, answer].some(
    (node) => node.kind === 'relation' && node.signs.some((sign) => /[<>≤≥≠]/.test(sign)),
  )
  if (!inequalities) return same
  if (
    left !== undefined &&
    right !== undefined &&
    render(left) !== render(right) &&
    comparison.options.strict !== false
  )
    return same
  return sameReals(gold, answer, comparison) ?? same
}

function sameSet(gold: Node, answer: Node, comparison: Comparison): Outcome {
  const reals = sameReals(gold, answer, comparison)
  if (reals !== null) return reals
  if (gold.kind === 'set-operation' && answer.kind === 'set-operation' && gold.sign === answer.sign)
    return gold.sign === 'difference'
      ? all([comparison.equal(gold.left, answer.left), comparison.equal(gold.right, answer.right)])
      : sameItems(partsOf(gold, gold.sign), partsOf(answer, answer.sign), comparison)
  if (gold.kind === 'set-builder' && answer.kind === 'set-builder') {
    const [name] = namesOf([gold.element]).all
    const [other] = namesOf([answer.element]).all
    const renamed: Node =
      name !== undefined && other !== undefined && comparison.options.strict !== true
        ? substitute(answer, (each) => (each === other ? { kind: 'variable', name } : null))
        : answer
    if (renamed.kind !== 'set-builder') return null
    return all([
      comparison.equal(gold.element, renamed.element),
      sameItems(gold.conditions, renamed.conditions, comparison),
    ])
  }
  // A number is no set, however it is described.
  return [gold, answer].some((node) => node.kind === 'number')
    ? false
    : gold.kind === 'set-builder' || answer.kind === 'set-builder'
      ? null
      : false
}

function partsOf(node: Node, sign: 'union' | 'intersection' | 'difference'): readonly Node[] {
  return node.kind === 'set-operation' && node.sign === sign
    ? [...partsOf(node.left, sign), ...partsOf(node.right, sign)]
    : [node]
}

/** `3:4` is the ratio of 6 to 8 and the fraction 3/4; with two digits after the colon it may be a time of day, which is only itself. */
function sameRatio(gold: Node, answer: Node, comparison: Comparison): Outcome {
  const [left, right] = [gold, answer].map((node) => (node.kind === 'ratio' ? node.parts : null))
  if (left !== null && left !== undefined && right !== null && right !== undefined) {
    if (left.length !== right.length) return false
    const straight = eachEqual(left, right, comparison)
    if (straight !== false || comparison.options.strict === true || isTime(left) || isTime(right)) return straight
    const [a, b] = [left[0], right[0]]
    if (a === undefined || b === undefined) return false
    return all(
      left.map((part, index) =>
        identical(
          { kind: 'product', factors: [part, b] },
          { kind: 'product', factors: [right[index] ?? b, a] },
          comparison.budget,
        ),
      ),
    )
  }
  if (comparison.options.strict === true) return false
  const asFraction = (node: Node): Node => {
    if (node.kind !== 'ratio' || node.parts.length !== 2) return node
    const [above, below] = node.parts
    return above === undefined || below === undefined ? node : { kind: 'quotient', above, below }
  }
  const [a, b] = [asFraction(gold), asFraction(answer)]
  return a.kind === 'ratio' || b.kind === 'ratio' ? false : comparison.equal(a, b)
}

function isTime(parts: readonly Node[]): boolean {
  const last = parts.at(-1)
  return (
    last?.kind === 'number' &&
    last.decimals === null &&
    last.numerator >= 10n &&
    last.numerator < 60n &&
    parts.length === 2 &&
    parts[0]?.kind === 'number' &&
    parts[0].numerator <= 24n &&
    last.numerator % 5n === 0n &&
    last.numerator !== parts[0].numerator
  )
}

/** Brackets around several items: a point, a vector or an interval. */
function sameTuple(gold: Node, answer: Node, comparison: Comparison): Outcome {
  if (gold.kind === 'sequence' && answer.kind === 'sequence') {
    if (gold.items.length !== answer.items.length) return false
    const brackets = gold.open === answer.open && gold.close === answer.close
    // Of two items round and square brackets are open and closed intervals; of others they only hold a list.
    const alike =
      brackets ||
      (comparison.options.strict !== true && (gold.items.length !== 2 || gold.open === '<' || answer.open === '<'))
    if (alike) return eachEqual(gold.items, answer.items, comparison)
    return sameReals(gold, answer, comparison) ?? false
  }
  const reals = sameReals(gold, answer, comparison)
  return reals === null ? sameVector(gold, answer, comparison) : reals
}

function sameMatrix(gold: Node, answer: Node, comparison: Comparison): Outcome {
  if (gold.kind === 'matrix' && answer.kind === 'matrix' && !gold.bars && !answer.bars) {
    if (gold.rows.length !== answer.rows.length || gold.rows[0]?.length !== answer.rows[0]?.length) return false
    return eachEqual(gold.rows.flat(), answer.rows.flat(), comparison)
  }
  if (gold.kind === 'sequence' || answer.kind === 'sequence') {
    const [left, right] = [matrixOf(gold), matrixOf(answer)]
    return left !== null && right !== null && comparison.options.strict !== true
      ? comparison.equal(left, right)
      : sameVector(gold, answer, comparison)
  }
  return identicalMatrices(gold, answer, comparison.budget)
}

/** A matrix; brackets around brackets spell one too. */
function matrixOf(node: Node): Node | null {
  if (node.kind === 'matrix') return node
  if (node.kind !== 'sequence') return null
  const rows = node.items.map((item) => (item.kind === 'sequence' && item.open === '[' ? item.items : null))
  return rows.every((row) => row !== null) ? { kind: 'matrix', rows, bars: false } : null
}

/** A vector may be written as a tuple or as a matrix of one row or column. */
function sameVector(gold: Node, answer: Node, comparison: Comparison): Outcome {
  if (comparison.options.strict === true) return false
  const [left, right] = [
    coordinates(gold) ?? combination(gold, coordinates(answer)?.length ?? 0),
    coordinates(answer) ?? combination(answer, coordinates(gold)?.length ?? 0),
  ]
  return left === null || right === null ? false : eachEqual(left, right, comparison)
}

/** The coordinates of a combination of unit vectors, `2i + 3j`, as many as the other side has; null when it is none. */
function combination(node: Node, dimensions: number): readonly Node[] | null {
  const names = [...namesOf([node]).all].filter((name) => name.startsWith('unit '))
  const units = ['unit i', 'unit j', 'unit k'].slice(0, dimensions)
  if (names.length === 0 || !names.every((name) => units.includes(name))) return null
  return units.map((unit) =>
    substitute(node, (name) => (name.startsWith('unit ') ? whole(name === unit ? 1 : 0) : null)),
  )
}

function coordinates(node: Node): readonly Node[] | null {
  if (node.kind === 'sequence') return node.open === '(' || node.open === '[' || node.open === '<' ? node.items : null
  if (node.kind !== 'matrix' || node.bars) return null
  return node.rows.length === 1 || node.rows.every((row) => row.length === 1) ? node.rows.flat() : null
}

/** The answer with its arbitrary constants c, c_1, … in the case in which the gold writes them; null when they are alike or mixed. */
function withGoldsConstants(gold: Node, answer: Node): Node | null {
  const constant = /^[cC](?:_\w+)?$/
  const [wanted, given] = [gold, answer].map((node) => [...namesOf([node]).all].filter((name) => constant.test(name)))
  if (wanted === undefined || given === undefined || wanted.length === 0 || wanted.length !== given.length) return null
  const other = (name: string): string => (name.startsWith('c') ? `C${name.slice(1)}` : `c${name.slice(1)}`)
  if (!given.every((name) => wanted.includes(other(name)) && !wanted.includes(name))) return null
  return substitute(answer, (name) => (given.includes(name) ? { kind: 'variable', name: other(name) } : null))
}

/** π/6 + πk on both sides with the same letter, which nobody declared, is a family all the same. */
function undeclaredFamily(gold: Node, answer: Node, comparison: Comparison): Outcome {
  const [left, right] = [[...namesOf([gold]).all], [...namesOf([answer]).all]].map((names) =>
    names.filter((name) => /^[kn]$/.test(name)),
  )
  const [name] = left ?? []
  if (name === undefined || right?.length !== 1) return false
  if (
    ![gold, answer].every((node) =>
      contains(node, (each) => each.kind === 'degrees' || (each.kind === 'constant' && each.name === 'pi')),
    )
  )
    return false
  const declared = (node: Node, letter: string): Node => ({
    kind: 'conditional',
    of: node.kind === 'sequence' && node.open === '' ? { ...node, items: unlabelledItems(node.items) } : node,
    conditions: [
      {
        kind: 'relation',
        sides: [
          { kind: 'variable', name: letter },
          { kind: 'region', name: 'Z' },
        ],
        signs: ['∈'],
      },
    ],
  })
  return sameFamily(declared(gold, name), declared(answer, right[0] ?? name), comparison) ?? false
}

/** The answer with its variables called as in the gold, in their order of names; null when they are not as many. */
function renamedLike(gold: Node, answer: Node): Node | null {
  const [wanted, given] = [[...namesOf([gold]).all].sort(), [...namesOf([answer]).all].sort()]
  if (wanted.length !== given.length || wanted.length === 0) return null
  const names = new Map(given.map((name, index) => [name, wanted[index] ?? name]))
  return substitute(answer, (name) => {
    const target = names.get(name)
    return target === undefined ? null : { kind: 'variable', name: target }
  })
}
