import { describe, expect, test } from '@jest/globals'
import { CurationRule } from '../recipe/recipe.ts'
import { thoughtFormat } from '../thought-format/thought-format.ts'
import { type Candidate, curate } from './curate.ts'

const context = { format: thoughtFormat('think') }

function candidate(given: Partial<Candidate> = {}): Candidate {
  const { problemId = 'p', roundIndex = 1, index = 0 } = given
  return {
    trajectoryId: `${roundIndex}/${problemId}/${index}`,
    problemId,
    roundIndex,
    index,
    purpose: 'explore',
    text: `<think>thought ${problemId} ${index}</think>\n\\boxed{4}`,
    finish: 'stop',
    decision: 'correct',
    completionTokens: 100,
    perplexity: 2,
    policyVersion: 'policy-r1',
    ...given,
  }
}

const rule = (given: unknown) => CurationRule.parse(given)
const reasonFor = (given: Partial<Candidate>, rules: unknown) =>
  curate([candidate(given)], [rule(rules)], context).decisions[0]?.value

describe.each<[string, Record<string, unknown>, [string, Partial<Candidate>, string | null][]]>([
  [
    'the correct rule',
    { rule: 'correct' },
    [
      ['keeps a correct one', {}, null],
      ['drops an incorrect one', { decision: 'incorrect' }, 'verdict incorrect'],
      ['drops an undecided one', { decision: 'undecided' }, 'verdict undecided'],
    ],
  ],
  [
    'the format rule',
    { rule: 'format' },
    [
      ['keeps a well-formed one', {}, null],
      ['drops one cut at the limit, however well-formed', { finish: 'length' }, 'cut at the token limit'],
      ['drops a failed rollout', { finish: 'error', text: '' }, 'the rollout failed'],
      ['says what is wrong with the form', { text: 'so 4' }, 'the thought is not closed by </think>'],
    ],
  ],
  [
    'the length rule',
    { rule: 'length', minTokens: 50, maxTokens: 512 },
    [
      ['keeps the lower bound itself', { completionTokens: 50 }, null],
      ['keeps the upper bound itself', { completionTokens: 512 }, null],
      ['keeps one that nobody counted', { completionTokens: null }, null],
      ['drops a longer one', { completionTokens: 812 }, 'tokens 812 > 512'],
      ['drops a shorter one', { completionTokens: 49 }, 'tokens 49 < 50'],
    ],
  ],
  [
    'the perplexity rule',
    { rule: 'perplexity', min: 1.5, max: 4 },
    [
      ['keeps one within bounds', {}, null],
      ['drops one above', { perplexity: 5 }, 'perplexity 5.00000 > 4'],
      ['drops one below', { perplexity: 1.25 }, 'perplexity 1.25000 < 1.5'],
      ['keeps one without a perplexity', { perplexity: null }, null],
      ['drops one whose perplexity is not finite', { perplexity: Number.POSITIVE_INFINITY }, 'perplexity Infinity'],
    ],
  ],
  [
    'the perplexity rule that requires a score',
    { rule: 'perplexity', requireScore: true },
    [['drops one without a perplexity', { perplexity: null }, 'no perplexity']],
  ],
  [
    'the repetition rule',
    { rule: 'repetition', ngram: 2, maxShare: 0.3 },
    [
      ['keeps a text that says things once', { text: 'a b c d e f g' }, null],
      ['drops a text that goes round in circles', { text: 'a b a b a b a' }, 'share of repeated 2-grams 0.6667 > 0.3'],
      ['keeps a text shorter than one n-gram', { text: 'a' }, null],
    ],
  ],
])('%s', (_name, rules, cases) => {
  test.each(cases)('%s', (_title, given, value) => expect(reasonFor(given, rules)).toBe(value))
})

describe('the exact-duplicate rule', () => {
  const rules = [rule({ rule: 'exact-duplicate' })]
  const value = (...candidates: Candidate[]) => curate(candidates, rules, context).decisions.map((each) => each.value)

  test('keeps the first of the same text and names it', () =>
    expect(value(candidate({ text: 'a  b\n' }), candidate({ index: 3, text: ' a b' }))).toEqual([
      null,
      'same text as round 1, attempt 0',
    ]))
  test('finds the duplicate of an earlier round', () =>
    expect(value(candidate({ text: 'a', roundIndex: 2 }), candidate({ text: 'a', roundIndex: 0 }))).toEqual([
      null,
      'same text as round 0, attempt 0',
    ]))
  test('lets two problems have the same text', () =>
    expect(value(candidate({ text: 'a' }), candidate({ text: 'a', problemId: 'q' }))).toEqual([null, null]))
})

describe('the quota rule', () => {
  const four = [
    candidate({ index: 0, completionTokens: 30, perplexity: null }),
    candidate({ index: 1, completionTokens: 10, perplexity: 3 }),
    candidate({ index: 2, completionTokens: 20, perplexity: 2 }),
    candidate({ index: 3, completionTokens: 10, perplexity: 3 }),
  ]
  test.each([
    ['first', [0, 1]],
    ['shortest', [1, 3]],
    ['longest', [0, 2]],
    ['lowest-perplexity', [1, 2]],
    ['highest-perplexity', [1, 3]],
  ] as const)('keeps two by %s', (prefer, indices) => {
    const { kept } = curate(four, [rule({ rule: 'quota', keep: 2, prefer })], context)
    expect(kept.map((each) => each.index)).toEqual(indices)
  })

  test('says at which rank the others were', () => {
    const { decisions } = curate(four, [rule({ rule: 'quota', keep: 1, prefer: 'shortest' })], context)
    expect(decisions.map((each) => each.value)).toEqual([
      'rank 4 > 1 by shortest',
      null,
      'rank 3 > 1 by shortest',
      'rank 2 > 1 by shortest',
    ])
  })

  test('counts a problem over all rounds, another problem by itself', () => {
    const pool = [candidate({ roundIndex: 2 }), candidate({ roundIndex: 1 }), candidate({ problemId: 'q' })]
    const { kept } = curate(pool, [rule({ rule: 'quota', keep: 1 })], context)
    expect(kept.map((each) => each.trajectoryId)).toEqual(['1/p/0', '1/q/0'])
  })
})

describe('curate', () => {
  const pool = [
    candidate({ index: 2 }),
    candidate({ index: 1, decision: 'incorrect', completionTokens: 900 }),
    candidate({ index: 0, completionTokens: 900 }),
    candidate({ problemId: 'a', roundIndex: 2 }),
    candidate({ problemId: 'b' }),
  ]
  const rules = [rule({ rule: 'correct' }), rule({ rule: 'length', maxTokens: 512 }), rule({ rule: 'quota', keep: 1 })]

  test('applies the rules in order: the first one that rejects is the one remembered', () => {
    const { decisions } = curate(pool, rules, context)
    expect(decisions.map(({ trajectoryId, rule, value }) => [trajectoryId, rule, value])).toEqual([
      ['1/b/0', null, null],
      ['1/p/0', 'length', 'tokens 900 > 512'],
      ['1/p/1', 'correct', 'verdict incorrect'],
      ['1/p/2', null, null],
      ['2/a/0', null, null],
    ])
  })

  test('counts what goes into and comes out of each rule', () => {
    expect(curate(pool, rules, context).funnel).toEqual([
      { rule: 'correct', before: 5, after: 4 },
      { rule: 'length', before: 4, after: 3 },
      { rule: 'quota', before: 3, after: 3 },
    ])
  })

  test('gives the same whatever order the candidates come in', () => {
    expect(curate([...pool].reverse(), rules, context)).toEqual(curate(pool, rules, context))
  })

  test('makes nothing of nothing', () => {
    expect(curate([], rules, context)).toMatchObject({
      kept: [],
      decisions: [],
      funnel: [{ before: 0, after: 0 }, {}, {}],
    })
  })
})
