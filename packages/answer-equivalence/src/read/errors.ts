import { Undecidable } from '../limits.ts'

/** The text is no answer that the grammar knows: something is missing, left over or out of place. */
export class Malformed extends Error {
  override readonly name = 'Malformed'
}

/** A limit or an integral stands there, which this package does not work out. */
export class Unevaluated extends Undecidable {}
