/** What an operation throws when it has no value to give. No Error: it is caught a step above, often, and nobody reads its stack. */
class NoValue {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

/** The value does not exist there: a division by zero, a matrix of the wrong size. Another point may do. */
export class Undefined extends NoValue {
  readonly name = 'Undefined'
}

/** This field cannot express the value: a square root is no rational number. Another field may. */
export class Inexpressible extends NoValue {
  readonly name = 'Inexpressible'
}

/** What `work` gives; null when it has no value to give. */
export function valueOrNull<Result>(work: () => Result): Result | null {
  try {
    return work()
  } catch (error) {
    if (error instanceof NoValue) return null
    throw error
  }
}

/**
 * Numbers to evaluate expressions in. Every operation may throw Undefined or Inexpressible, and Undecidable when the budget is spent.
 */
export interface Field<Value> {
  rational(numerator: bigint, denominator: bigint): Value
  constant(name: 'pi' | 'e' | 'i'): Value
  add(a: Value, b: Value): Value
  multiply(a: Value, b: Value): Value
  divide(a: Value, b: Value): Value
  negate(a: Value): Value
  integerPower(base: Value, exponent: bigint): Value
  /** base^(numerator/denominator), the denominator at least 2. */
  rationalPower(base: Value, numerator: bigint, denominator: bigint): Value
  power(base: Value, exponent: Value): Value
  /** A function of the field's own: `sin`, `log`, `floor`, … */
  call(name: string, values: readonly Value[]): Value
  /** A value for a function that nobody defined, the same for the same name and arguments. */
  opaque(name: string, values: readonly Value[]): Value
}
