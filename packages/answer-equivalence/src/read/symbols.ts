import type { Closing, Opening, RelationSign } from './node.ts'

/** Signs and commands between the sides of a relation, with what they say. */
export const relationSigns: Readonly<Record<string, RelationSign>> = {
  '=': '=',
  '<': '<',
  '>': '>',
  le: '≤',
  ge: '≥',
  ne: '≠',
  approx: '≈',
  in: '∈',
  notin: '∉',
  equiv: '≡',
  cong: '≡',
  to: '→',
  sim: '∼',
  propto: '∼',
  subset: '⊂',
  subseteq: '⊂',
  parallel: '∥',
  perp: '⊥',
  supset: '⊃',
  supseteq: '⊃',
  implies: '⇒',
  iff: '⇔',
  leftrightarrow: '⇔',
}

/** Tokens that open a bracket. */
export const openings: Readonly<Record<string, Opening>> = { '(': '(', '[': '[', '\\{': '{', langle: '<', '{': '{' }

/** Tokens that close a bracket. */
export const closings: Readonly<Record<string, Closing>> = { ')': ')', ']': ']', '\\}': '}', rangle: '>', '}': '}' }

/** What closes the bracket around the arguments of a function. */
export const groupsOf: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '\\{': '\\}' }

/** Commands that are variables: Greek letters and symbols that stand for nothing else. */
export const greekLetters: ReadonlySet<string> = new Set(
  `alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi chi psi omega
   Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar mho aleph Re Im prime square Box`.split(/\s+/),
)

/** Signs of money, which stand before or after an amount. */
export const currencies: ReadonlySet<string> = new Set('$ € £ ¥ ₹ ¢'.split(' '))

/** Environments that are matrices; those whose name begins with v are determinants. */
export const matrices: ReadonlySet<string> = new Set(
  'matrix pmatrix bmatrix Bmatrix smallmatrix array vmatrix Vmatrix psmallmatrix bsmallmatrix'.split(' '),
)

/** Environments that only lay their lines out: each is an item, its further cells are conditions. */
export const layouts: ReadonlySet<string> = new Set(
  `align aligned equation gather gathered split cases multline alignat alignedat math displaymath center dcases rcases
   tabular eqnarray`.split(/\s+/),
)

/** English number words; each stands at the place of its value. */
export const numberWords: readonly string[] =
  'zero one two three four five six seven eight nine ten eleven twelve'.split(' ')

/** Letters that stand for functions when a bracket follows. */
export const functionLetters = /^[fghFGHPQRTW]$/

/** Commands before a modulus. */
export const modulusCommands: ReadonlySet<string> = new Set('pmod bmod mod'.split(' '))

/** Commands that join the items of a list. */
export const jointCommands: ReadonlySet<string> = new Set('wedge vee'.split(' '))

/** Commands that begin no factor, so that a product ends before them. */
export const productEnds: ReadonlySet<string> = new Set(
  `pm mp cup cap setminus div rfloor rceil rangle wedge vee pmod bmod mod forall choose over langle`.split(' '),
)
