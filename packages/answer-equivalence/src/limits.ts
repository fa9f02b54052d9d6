/** Every size that a text can give to the comparison has a bound here; beyond one the verdict is `undecided`. */
export const limits = {
  /** Characters of a response, thought included. */
  response: 8_000_000,
  /** Characters of one answer. */
  answer: 16_000,
  /** Nesting of brackets, groups, roots, powers and fractions. */
  depth: 100,
  /** Items of a list, a set, a chain of relations; readings with both signs of every `\pm`. */
  items: 400,
  /** Digits of one number. */
  digits: 16_000,
  /** Bits of an exact number during evaluation. */
  bits: 20_000,
  /** Largest argument of a factorial. */
  factorial: 20_000,
  /** Rows and columns of a matrix. */
  matrix: 12,
  /** Steps of one comparison; one is about the work of a multiplication. */
  steps: 60_000,
} as const

/** Why an answer could not be compared: a limit was hit, or it uses what this package does not decide. */
export class Undecidable extends Error {
  override readonly name = 'Undecidable'
}

/** Counts the steps of one comparison. Steps, not time: a verdict does not depend on how busy the machine is. */
export class Budget {
  /** What was found out about trees of this comparison, so that nothing is worked out twice. */
  readonly known = new WeakMap<object, unknown>()
  #left: number = limits.steps

  spend(steps: number): void {
    this.#left -= steps
    if (this.#left < 0) throw new Undecidable('the comparison takes too many steps')
  }
}
