/** Words after which what was said before, or comes then, is not the answer. */
const denial =
  /\b(?:not|no|none|neither|nor|never|cannot|can't|isn't|aren't|wasn't|doesn't|don't|wrong|incorrect|false|mistake|unknown|stuck|impossible|except|anything but|otherwise)\b/i

const hedge =
  /\b(?:or|maybe|perhaps|possibly|might|may|could|either|between|at least|at most|less than|more than|fewer than|greater than|bound|only if|wait|actually|guess|try|need to|case|step|option|approximately between|mod|base|negative|times|twice|half|taken back)\b/i

/** Whether a text denies what it states. */
export function denies(text: string): boolean {
  return denial.test(text)
}

/** Whether a text denies what it states, or leaves it open. */
export function doubts(text: string): boolean {
  return denial.test(text) || hedge.test(text)
}
