const months = 'january february march april may june july august september october november december'.split(' ')

/**
 * Whether two texts are the same date or the same time of day: `July 4, 1999` and `4 July 1999`, `3:45 PM` and `15:45`. Null when they are
 * not both dates, or not both times.
 */
export function sameMoment(gold: string, answer: string): boolean | null {
  const [left, right] = [plain(gold), plain(answer)]
  const dates = [dateOf(left), dateOf(right)]
  if (dates[0] != null) return dates[1] == null ? null : dates[0] === dates[1]
  const [time, other] = [timeOf(left), timeOf(right)]
  // A half of the day that only one says is understood, but 15:45 is no 3:45.
  if (time == null || other == null || (time.half === null && other.half === null)) return null
  if (time.half !== null && other.half !== null) return minutes(time) === minutes(other)
  const [said, unsaid] = time.half !== null ? [time, other] : [other, time]
  return (
    minutes(said) === minutes(unsaid) ||
    (unsaid.hour <= 12 && said.hour === unsaid.hour && said.minute === unsaid.minute)
  )
}

function plain(text: string): string {
  return text
    .replaceAll(/\\(?:text|mathrm|textbf|mbox)\s?\{|[{}$]|\\[,!;: ]/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .toLowerCase()
}

function dateOf(text: string): string | null {
  const match =
    /^(?<month>[a-z]{3,9})\.? (?<day>\d{1,2})(?:st|nd|rd|th)?(?:,? (?<year>\d{4}))?$/.exec(text) ??
    /^(?<day>\d{1,2})(?:st|nd|rd|th)?(?: of)? (?<month>[a-z]{3,9})\.?,?(?: (?<year>\d{4}))?$/.exec(text)
  const { month = '', day = '', year = '' } = match?.groups ?? {}
  const index = months.findIndex((name) => name === month || name.slice(0, 3) === month)
  return match === null || index === -1 ? null : `${year}-${index + 1}-${Number(day)}`
}

interface Time {
  readonly hour: number
  readonly minute: number
  readonly half: 'am' | 'pm' | null
}

function timeOf(text: string): Time | null {
  if (/^(?:12 )?(?:noon|midnight)$/.test(text))
    return { hour: 12, minute: 0, half: text.endsWith('noon') ? 'pm' : 'am' }
  const match =
    /^(\d{1,2}):(\d{2})(?::00)? ?(?:([ap])\.? ?m\.?)?$/.exec(text) ?? /^(\d{1,2})() ?([ap])\.? ?m\.?$/.exec(text)
  if (match === null || Number(match[1]) > 24 || Number(match[2]) > 59) return null
  return {
    hour: Number(match[1]),
    minute: Number(match[2]),
    half: match[3] === 'a' ? 'am' : match[3] === 'p' ? 'pm' : null,
  }
}

function minutes({ hour, minute, half }: Time): number {
  const hours = half === null ? hour : (hour % 12) + (half === 'pm' ? 12 : 0)
  return hours * 60 + minute
}
