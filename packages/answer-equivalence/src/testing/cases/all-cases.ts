import type { Case } from './case.ts'
import { choiceCases } from './choices.ts'
import { collectionCases } from './collections.ts'
import { combinatorialFunctionCases } from './combinatorial-functions.ts'
import { constantCases } from './constants.ts'
import { decimalCases } from './decimals.ts'
import { equationCases } from './equations.ts'
import { expressionCases } from './expressions.ts'
import { finalAnswerCases } from './final-answers.ts'
import { fractionCases } from './fractions.ts'
import { functionAndFamilyCases } from './functions-and-families.ts'
import { goldCases } from './golds.ts'
import { hedgeAndLeftoverCases } from './hedges-and-leftovers.ts'
import { integerCases } from './integers.ts'
import { intervalCases } from './intervals.ts'
import { limitCases } from './limits.ts'
import { mannersOfModels } from './manners-of-models.ts'
import { matrixCases } from './matrices.ts'
import { otherLanguageCases } from './other-languages.ts'
import { percentAndCurrencyCases } from './percent-and-currency.ts'
import { ratioAndBaseCases } from './ratios-and-bases.ts'
import { rootAndPowerCases } from './roots-and-powers.ts'
import { scientificCases } from './scientific.ts'
import { setOfNumbersCases } from './sets-of-numbers.ts'
import { spellingCases } from './spellings.ts'
import { textCases } from './texts.ts'
import { trigonometryAndLogarithmCases } from './trigonometry-and-logarithms.ts'
import { tupleAndAlternativeCases } from './tuples-and-alternatives.ts'
import { unitCases } from './units.ts'

/** Every case by its class. Written from mathematics and from how answers are spelled, not from the comparison that must pass them. */
export const allCases: Readonly<Record<string, readonly Case[]>> = {
  integers: integerCases,
  decimals: decimalCases,
  'scientific notation and tiny numbers': scientificCases,
  fractions: fractionCases,
  'percent and currency': percentAndCurrencyCases,
  units: unitCases,
  'ratios and bases': ratioAndBaseCases,
  'roots and powers': rootAndPowerCases,
  constants: constantCases,
  'trigonometry and logarithms': trigonometryAndLogarithmCases,
  'combinatorial functions': combinatorialFunctionCases,
  expressions: expressionCases,
  equations: equationCases,
  'inequalities and intervals': intervalCases,
  'the real numbers and the empty set': setOfNumbersCases,
  'lists and sets': collectionCases,
  'tuples and alternatives': tupleAndAlternativeCases,
  matrices: matrixCases,
  'functions and families': functionAndFamilyCases,
  choices: choiceCases,
  texts: textCases,
  golds: goldCases,
  'final answers': finalAnswerCases,
  'manners of models': mannersOfModels,
  'other languages': otherLanguageCases,
  'hedges and leftovers': hedgeAndLeftoverCases,
  spellings: spellingCases,
  limits: limitCases,
}
