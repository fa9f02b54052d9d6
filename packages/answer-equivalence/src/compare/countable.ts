import type { Node } from '../read/node.ts'

/** Nouns whose plural does not end in s, or that answers count in the singular. */
const nouns: ReadonlySet<string> = new Set(
  `people person children child men man women woman feet foot teeth tooth geese mice fish sheep deer dice die dozen way time unit point number
   percent day week month year hour minute second mile apple book ticket student problem question degree piece square cubic linear seventh old
   total term digit term solution element edge vertice vertices vertex face side root triple pair member boy girl team game page row column
   cent dollar euro inch inche foot yard meter metre liter litre gram pound ounce cup step subset permutation combination arrangement outcome
   male female adult senior junior long high wide deep profit interest money price cost worth fuel water milk juice gas paint land area volume`
    .split(/\s+/)
    .filter((word) => word !== ''),
)

/** Plurals and the like that make another number of the one before them. */
const changing =
  /(?:ths|nds|rds)$|^(?:negatives?|zeroe?s?|pairs?|tens|hundreds|millions?|lies|loss(?:es)?|times?|multiples?|fractions?|percents?|squares?|cubes?|powers?|halves|inverses?|others|unless|less|plus|minus|bogus|is|was|was|this|its)$/i

const measureWords =
  /^(?:通り|[个個種种元天人岁歲米克升次名位本张張条條只隻分钟小时時年月日度平方公里厘毫斤円歳匹台枚回]+)$/

/** Whether a word after a number can be what is counted. `of`: the number, of which one thing is said in the singular. */
export function isCountable(word: string, of: Node): boolean {
  const plain = word.replace(/^per /, '')
  if (measureWords.test(plain)) return true
  if (/^[\p{Script=Cyrillic}\p{Script=Devanagari}\p{Script=Arabic}\p{Script=Hangul}\p{Script=Greek}]{2,}$/u.test(plain))
    return !foreignDenials.test(plain)
  if (!/^[\p{Script=Latin}'’-]{3,}$/iu.test(plain) || changing.test(plain)) return false
  // Words are kept in the singular: of a plural only its stem is here.
  return nouns.has(plain) || isOne(of) || !adjectives.test(plain)
}

/** Words of other scripts that say what the number is not, or make another one of it. */
const foreignDenials =
  /^(?:не|нет|неверно|ложь|тысяч[аи]?|миллион(?:а|ов)?|миллиард(?:а|ов)?|процент(?:а|ов)?|раза?|или|и|нет|नहीं|गलत|हज़ार|लाख|करोड़|لا|ليس|خطأ|ألف|مليون|아니다|아님|천|만|억|όχι)$/u

/** Endings of words that qualify rather than name. */
const adjectives =
  /(?:ed|ing|able|ible|ally|fully|ably|ily|ous|ive|less|ward|wards|er|est|ish|onen|lions|llon|llones|ato|ado|ecte|lich|kein)$|^(?:random|placeholder|dunno|unsure|tbd|todo|circa|lol|mil|imaginary|conjugate|falsch|recurring|doubled|fewer|short|off|even|odd|prime|real|complex|max|min|maximum|minimum|average|mean)$/i

function isOne(of: Node): boolean {
  return of.kind === 'number' && of.numerator === 1n && of.denominator === 1n
}
