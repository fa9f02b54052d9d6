/** Words between the items of a list. */
export const connectives: ReadonlySet<string> = new Set('and or und oder et ou и или 和 或'.split(' '))

/** After these the rest says for which values the answer holds. */
export const conditionals: ReadonlySet<string> = new Set(
  'for where with if when whenever provided given such forall any'.split(' '),
)

/** A phrase with one of these denies, hedges or goes on; it is never a unit. */
export const notOfUnits: ReadonlySet<string> = new Set(
  `not no none isn't is are was be being wrong incorrect false invalid except unless without if but or and nor neither either maybe perhaps
   possibly probably approximately about around roughly nearly almost less more than least most over under below above between up to
   then so because since hence therefore thus however actually instead rather the answer answers solution solutions result unknown
   undefined impossible cannot can't don't doesn't exist exists equals equal which that this these those it we i you he she they
   ignore grade correct right true sure guess wait also other another every plus minus times divided by factorial base root fewer short off loss deficit debt overdrawn doubled tripled halved recurring repeating bc hex binary octal grand tens ones point mille permille ppm ppb basis choose modulo negative positive nonzero lower upper bound k b times think let us now only just still`.split(
    /\s+/,
  ),
)

/** Functions that are written without a backslash too. */
export const functionNames: ReadonlySet<string> = new Set(
  `sin cos tan cot sec csc arcsin arccos arctan arccot arcsec arccsc asin acos atan sinh cosh tanh coth sech csch arcsinh arccosh arctanh asinh acosh atanh
   arsinh arcosh artanh arcsch log ln lg exp sqrt cbrt abs floor ceil gcd lcm max min det cis`.split(/\s+/),
)

/** Other words that are symbols. */
export const symbolWords: Readonly<Record<string, string>> = {
  pi: 'pi',
  Pi: 'pi',
  inf: 'infty',
  infinity: 'infty',
  Infinity: 'infty',
  infty: 'infty',
  oo: 'infty',
  theta: 'theta',
  alpha: 'alpha',
  beta: 'beta',
  gamma: 'gamma',
  lambda: 'lambda',
  omega: 'omega',
  phi: 'phi',
  mod: 'mod',
  union: 'cup',
  intersection: 'cap',
  emptyset: 'emptyset',
}

/** Short words, so that they are not taken for a product of letters. */
export const shortWords: ReadonlySet<string> = new Set(
  `no yes not all any the is if or and for odd even one two six ten day red blue am pm mon tue wed thu fri sat sun
   cm mm km kg mg ft in mi yd oz lb lbs hr hrs min sec mph kph km/h ml mL cL dL cents usd eur gbp aed inr cad aud deg rad of to per sq cu units unit ways way
   km² cm² m² cm³ kW kWh kJ kN kPa Hz kHz MHz GHz eV keV MeV GeV Pa atm mol nm μm ms ns μs amp ohm who out tie win`.split(
    /\s+/,
  ),
)

/** What follows one of these is denied, doubted or not yet said. */
export const hedges: ReadonlySet<string> = new Set(
  `not no never isn't aren't wasn't neither unless except maybe perhaps possibly probably approximately about around roughly nearly almost
   less more than wrong incorrect false if but think guess suppose assume let wait consider try between either guessing unsure unknown cannot can't couldn't might may could would excluded exclude excluding twice half double triple thrice
   reciprocal opposite negation negative minus plus else square cube lower upper bound nicht falsch
   we i you they us now add subtract get find have`.split(/\s+/),
)
