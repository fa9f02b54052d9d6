import { functionNames } from './vocabulary.ts'

/** Commands that only space or style what stands around them. */
export const spacing: ReadonlySet<string> = new Set([
  ...[',', ';', ':', '!', '>', ' ', '/'],
  ...`quad qquad hspace vspace hfill displaystyle textstyle scriptstyle limits nolimits thinspace medspace thickspace
   enspace negthinspace space nobreak allowbreak hline noindent centering strut ensuremath boldmath large Large LARGE
   huge Huge small normalsize tiny nonumber notag checkmark blacksquare par newline mathstrut null protect`.split(
    /\s+/,
  ),
])

/** Commands that give the bracket after them its size. */
export const sizing: ReadonlySet<string> = new Set(
  `left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm Bigm`.split(/\s+/),
)

/** Commands whose argument is text, or mathematics in another type. */
export const textual: ReadonlySet<string> = new Set(
  `text textbf textit textrm textsf texttt textnormal textsc mbox hbox emph underline mathrm mathit mathsf mathtt
   operatorname mathop rm bf it textup bm boldsymbol mathbf pmb`.split(/\s+/),
)

/** Commands that leave no trace, with their argument. */
export const invisible: ReadonlySet<string> = new Set(
  'phantom hphantom vphantom label tag color textcolor colorbox'.split(' '),
)

/** What other spellings of a command, or of a sign, mean. */
const spellings = String.raw`
  dfrac tfrac cfrac sfrac nicefrac flatfrac → frac
  dbinom tbinom → binom
  leq leqslant leqq → le
  geq geqslant geqq → ge
  neq → ne
  lt → <
  gt → >
  thickapprox simeq → approx
  lvert rvert vert mid → |
  lVert rVert Vert → ‖
  lbrace → {
  rbrace → }
  lbrack → [
  rbrack → ]
  lparen → (
  rparen → )
  colon → :
  dots cdots dotsc dotsb dotsm hdots vdots ddots → ldots
  varnothing O → emptyset
  infin → infty
  land And → wedge
  lor → vee
  smallsetminus backslash textbackslash → setminus
  bigcup sqcup → cup
  bigcap → cap
  degree degrees textdegree arcdegree → circ
  ast star bullet → cdot
  Longrightarrow Rightarrow → implies
  cr → \\
  surd → sqrt
  measuredangle → angle
  rightarrow longrightarrow longmapsto mapsto → to
  iff Leftrightarrow → iff
  varphi → phi
  varepsilon → epsilon
  vartheta → theta
  varrho → rho
  Pi → Pi
  pounds → £
  euro texteuro → €
  textdollar → $
  tg → tan
  ctg cotg → cot
  arctg → arctan
  arcctg → arccot
  sh → sinh
  ch → cosh
  th → tanh
  cosec → csc
  imath → i
  iota → iota
  reals → R
  mathbbm Bbb mathds → mathbb
`

/** The spelling that the grammar knows, by another one. What does not begin with a letter is a sign. */
export const synonyms: ReadonlyMap<string, string> = new Map(
  spellings
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [others = '', meant = ''] = line.trim().split(' → ')
      return others.split(' ').map((other): [string, string] => [other, meant])
    }),
)

/** Commands of the grammar that a backslash too many may stand before. */
const commands: ReadonlySet<string> = new Set(
  `frac pi theta alpha beta gamma lambda mu sigma phi omega infty cdot times div pm mp le ge ne in cup cap circ mathbb
   binom begin end sum prod lfloor rfloor lceil rceil setminus overline boxed approx equiv pmod ldots`.split(/\s+/),
)

/** Whether a name is that of a command, so that two backslashes before it are one that was escaped. */
export function isCommand(name: string): boolean {
  return (
    synonyms.has(name) ||
    spacing.has(name) ||
    sizing.has(name) ||
    textual.has(name) ||
    functionNames.has(name) ||
    commands.has(name)
  )
}
