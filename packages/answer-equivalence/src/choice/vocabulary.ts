function words(list: string): ReadonlySet<string> {
  return new Set(list.split(' '))
}

/** Words that announce an answer, in the languages that models answer in. */
export const answerNouns = words(
  'answer ans antwort réponse reponse respuesta resposta risposta ответ lösung antwoord svar odpowiedź odpověď cevap jawaban án الجواب الإجابة ' +
    'उत्तर choice option opción opção opzione вариант solution selection pick conclusion',
)
/** Nouns that name an option as well, so that a letter right after them announces nothing yet. */
export const optionNouns = words(
  'choice option opción opção opzione вариант letter lettre letra буква buchstabe alternative statement',
)
/** The plurals announce only what is called */
export const pluralNouns = words('answers choices options')

/** Between an announcing word and the option that it announces. */
export const links = words(
  'is are be was : = - – — > → ⇒ 是 est ist es é è sont sind son это é: lautet equals becomes being remains 为',
)
export const fillers = words(
  'the to this question problem your above of for my our would should must will has have clearly therefore thus hence indeed simply ' +
    'definitely then so correct right best final only most likely probably option choice letter answer number it ' +
    "la le les die der das el o lettre letra буква buchstabe вариант opción opção opzione richtige bonne correcta правильный верный c'est correcta correta corretta correcte exacte esatta " +
    ', given by here again in fact',
)
export const choosingVerbs = words(
  'choose chose choosing select selected selecting pick picking leaves leaving with for wähle choisis elijo escolho scelgo выбираю',
)
/** `go with`, `opt for`: the verbs before such a preposition. */
export const prepositionVerbs = words('go going went opt opting settle settling stick sticking left')
export const clauseConclusions = words("so therefore thus hence consequently ∴ ⇒ → elimination donc daher поэтому it's")

export const negations = words(
  "not n't isn't wasn't aren't cannot can't couldn't won't wouldn't never neither nor no don't doesn't nicht pas не no nie kein",
)
/** Before an announcing word they make it somebody else's, a condition or a question. */
export const disclaimers = words(
  'except excluding besides if whether unless suppose supposing assume assuming tempting not never neither nor one ' +
    'you some someone students student people many / cannot avoid',
)
export const badWords = words(
  'wrong incorrect false impossible eliminated excluded invalid out unlikely falsch faux incorrecta неверно неправильно',
)
export const goodWords = words(
  'correct right answer best choice option one richtig correcte correcta correto corretta верный правильный верно правильно',
)
export const singularVerbs = words(
  'is was has does seems looks appears would must should ist est es é è could might may can',
)
export const pluralVerbs = words('are were sind sont son')
export const adverbs = words(
  'the a only most clearly indeed therefore thus our my single final be definitely overall la le der die das also to',
)

export const listSeparators = words(', ; & and und et y e и 和 、 与 及 と 와 과')
export const alternativeSeparators = words('or / oder ou o или 或 或者 または 또는 and/or vs')
export const guesses = words('possibly maybe perhaps potentially even probably')

/** What may follow an option that is named in the middle of a sentence. */
export const continuations = words(
  'because since as for which with due but given where that not per on by so from when while rather instead after weil da parce car porque ' +
    'потому так как in according based and or is',
)
/** Right before an announcing word they make it one that is refused. */
export const refusals = words(
  'wrong incorrect false tempting falsche mauvaise incorrecta неправильный неверный other another previous first initial',
)
/** Where the left context of an announcing word ends. */
export const clauseOpenings = words('so therefore thus hence then because and but , donc also поэтому while whereas')
/** After a text they begin the reason for it. */
export const reasons = words('because since as which so not')
/** A sentence that begins so takes something back. */
export const interruptions = words('wait actually no oops hmm sorry hold')

export function isNegation(name: string): boolean {
  return negations.has(name) || name.endsWith("n't")
}

/** Chinese, Japanese and Korean write without spaces: whether such a run ends in an announcement, as 所以答案是 does. */
export function announcesInIdeographs(run: string): boolean {
  const end = run.slice(-24)
  if (/[不别別未没勿非](?:应该?|能|要)?[选選]擇?择?$/.test(end)) return false
  return /(?:答案|选项|選項|正解|答え|回答|解答|정답|답)(?:应该|應該|应|應|就|即|便)?(?:是|为|為|选|選|は|가|은|는)*$|(?:[选選][择擇]?)$/.test(
    end,
  )
}

/** Whether a run right after an option says that it is wrong, or that it is right; null when it says neither. */
export function judgesInIdeographs(run: string): boolean | null {
  const begin = run.slice(0, 12)
  if (/^(?:选项|選項|是|项|項|は|が|은|는)*(?:不|错|錯|有误|有誤|误|誤|間違|틀|ではな|아니)/.test(begin)) return false
  if (/^(?:选项|選項|是|项|項|为|為|最|は|が|이|가|은|는)*(?:正确|正確|正解|对|對|정답|맞)/.test(begin)) return true
  return null
}
