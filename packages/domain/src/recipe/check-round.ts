import { checkCurationRules, hasRule } from './check-curation-rules.ts'
import { at, isTree, listAt, numberAt, textAt } from './read-tree.ts'
import { Hyperparameters, Lora } from './recipe.ts'
import type { RecipeProblem } from './recipe-problem.ts'

/** One round's recipe as it was given, defaults filled in where nothing was; any part may still be of the wrong kind. */
export type RoundTree = { readonly index: number; readonly recipe: unknown }

/** What is wrong between the fields of one round's recipe. Fields that are missing or of the wrong kind are passed over. */
export function checkRound(round: RoundTree): readonly RecipeProblem[] {
  return checks.flatMap((check) => check(round))
}

const checks: readonly ((round: RoundTree) => readonly RecipeProblem[])[] = [
  phasesHaveHyperparameters,
  phasesHaveOneLength,
  phasesShareAdapter,
  dpoHasPairs,
  thoughtScopeHasDelimiter,
  capReachesGoal,
  attemptsDiffer,
  quotaCanBeMet,
  sampledRowsFit,
  perplexityExists,
  ({ recipe }) => checkCurationRules(at(recipe, 'curate')).map((each) => ({ ...each, path: `curate.${each.path}` })),
]

type Phase = 'sft' | 'dpo'

function phasesOf(recipe: unknown): readonly Phase[] {
  const method = textAt(recipe, 'train.method')
  if (method === 'sft+dpo') return ['sft', 'dpo']
  return method === 'sft' || method === 'dpo' ? [method] : []
}

function phasesHaveHyperparameters({ recipe }: RoundTree): readonly RecipeProblem[] {
  return phasesOf(recipe)
    .filter((phase) => at(recipe, `train.${phase}`) === undefined)
    .map((phase) => ({
      path: `train.${phase}`,
      message: `train.method is "${textAt(recipe, 'train.method')}", but there are no hyper-parameters for ${phase}`,
      remedy: `add train.${phase} with learningRate and one of maxSteps and epochs, or change train.method`,
    }))
}

function phasesHaveOneLength({ recipe }: RoundTree): readonly RecipeProblem[] {
  return (['sft', 'dpo'] as const).flatMap((phase) => {
    const settings = at(recipe, `train.${phase}`)
    if (!isTree(settings)) return []
    const given = ['maxSteps', 'epochs'].filter((key) => settings[key] !== undefined)
    if (given.length === 1) return []
    const message =
      given.length === 0
        ? 'neither maxSteps nor epochs says how long to train'
        : 'maxSteps and epochs both say how long to train'
    const remedy = given.length === 0 ? 'add one of them' : 'keep one of them; in an override, null takes the other out'
    return [{ path: `train.${phase}`, message, remedy }]
  })
}

/** What two phases must have in common to train the same adapter. */
const adapterShape = ['rank', 'alpha', 'targetModules'] as const

/** The trainer refuses phases whose adapters differ, but only once everything was sampled. */
function phasesShareAdapter({ recipe }: RoundTree): readonly RecipeProblem[] {
  if (phasesOf(recipe).length < 2) return []
  const [sft, dpo] = (['sft', 'dpo'] as const).map((phase) => loraOf(at(recipe, `train.${phase}`)))
  if (sft === undefined || dpo === undefined || (sft === null && dpo === null)) return []
  const path = 'train.dpo.lora'
  if (sft === null || dpo === null) {
    const [given, missing] = sft === null ? ['dpo', 'sft'] : ['sft', 'dpo']
    return [
      {
        path,
        message: `both phases train one adapter, but there is train.${given}.lora and no train.${missing}.lora`,
        remedy: 'give both the same lora, or leave it out of both',
      },
    ]
  }
  const differing = adapterShape.filter((name) => JSON.stringify(sft[name]) !== JSON.stringify(dpo[name]))
  if (differing.length === 0) return []
  const values = differing.map((name) => `${name} ${JSON.stringify(sft[name])} and ${JSON.stringify(dpo[name])}`)
  return [
    {
      path,
      message: `both phases train one adapter, but train.sft.lora and train.dpo.lora have the ${values.join(', the ')}`,
      remedy: 'give both the same rank, alpha and targetModules',
    },
  ]
}

/** Null where all weights are trained, undefined where it cannot be told. */
function loraOf(phase: unknown): Lora | null | undefined {
  if (!isTree(phase)) return undefined
  return phase['lora'] === undefined ? null : Lora.safeParse(phase['lora']).data
}

function dpoHasPairs({ recipe }: RoundTree): readonly RecipeProblem[] {
  if (!phasesOf(recipe).includes('dpo')) return []
  if (at(recipe, 'curate.preference') === undefined)
    return [
      {
        path: 'curate.preference',
        message: `train.method is "${textAt(recipe, 'train.method')}", but curation makes no preference pairs`,
        remedy: 'add curate.preference; {} takes its defaults',
      },
    ]
  const cap = numberAt(recipe, 'explore.cap')
  if (cap === undefined || cap >= 2) return []
  return [
    {
      path: 'explore.cap',
      message: 'a preference pair needs two attempts at a problem, and the cap is 1',
      remedy: 'raise explore.cap',
    },
  ]
}

function thoughtScopeHasDelimiter({ recipe }: RoundTree): readonly RecipeProblem[] {
  const isMeant = phasesOf(recipe).includes('dpo') && textAt(recipe, 'train.dpo.scope') === 'thought'
  if (!isMeant || textAt(recipe, 'thoughtFormat') !== 'plain') return []
  return [
    {
      path: 'train.dpo.scope',
      message: 'only the thought is to be compared, but the thought format "plain" does not mark where it ends',
      remedy: 'choose the thought format think, still or s1, or the scope whole',
    },
  ]
}

function capReachesGoal({ recipe }: RoundTree): readonly RecipeProblem[] {
  const accept = numberAt(recipe, 'explore.accept')
  const cap = numberAt(recipe, 'explore.cap')
  if (accept === undefined || cap === undefined || cap >= accept) return []
  return [
    {
      path: 'explore.cap',
      message: `${cap} attempts can never give the ${accept} correct ones that explore.accept asks for`,
      remedy: `raise explore.cap to at least ${accept}, or lower explore.accept`,
    },
  ]
}

function attemptsDiffer(round: RoundTree): readonly RecipeProblem[] {
  const { recipe } = round
  const cap = numberAt(recipe, 'explore.cap')
  if (samplesNothing(round) || numberAt(recipe, 'explore.sampling.temperature') !== 0 || cap === undefined || cap === 1)
    return []
  return [
    {
      path: 'explore.sampling.temperature',
      message: `at temperature 0 all ${cap} attempts at a problem are the same one`,
      remedy: 'raise the temperature, or set explore.cap to 1',
    },
  ]
}

function quotaCanBeMet(round: RoundTree): readonly RecipeProblem[] {
  const { recipe } = round
  const accept = numberAt(recipe, 'explore.accept')
  const isBounded = textAt(recipe, 'curate.pool') === 'this-round' && hasRule(at(recipe, 'curate'), 'correct')
  if (samplesNothing(round) || accept === undefined || !isBounded) return []
  return listAt(recipe, 'curate.rules').flatMap((rule, index) => {
    const keep = textAt(rule, 'rule') === 'quota' ? numberAt(rule, 'keep') : undefined
    if (keep === undefined || keep <= accept) return []
    return [
      {
        path: `curate.rules.${index}.keep`,
        message: `the quota keeps ${keep} trajectories a problem, but a round accepts at most ${accept}`,
        remedy: `lower it to ${accept}, raise explore.accept, or set curate.pool to all-rounds`,
      },
    ]
  })
}

const { maxLength: usualMaxLength } = Hyperparameters.parse({ learningRate: 1 })

function sampledRowsFit(round: RoundTree): readonly RecipeProblem[] {
  const { recipe } = round
  const sampled = numberAt(recipe, 'explore.sampling.maxTokens')
  if (samplesNothing(round) || sampled === undefined) return []
  const limits = listAt(recipe, 'curate.rules').map((rule) => numberAt(rule, 'maxTokens') ?? Number.POSITIVE_INFINITY)
  const kept = Math.min(sampled, ...limits)
  return phasesOf(recipe).flatMap((phase) => {
    const settings = at(recipe, `train.${phase}`)
    if (!isTree(settings)) return []
    const maxLength = settings['maxLength'] === undefined ? usualMaxLength : numberAt(settings, 'maxLength')
    if (maxLength === undefined || kept <= maxLength) return []
    return [
      {
        path: `train.${phase}.maxLength`,
        message: `completions of up to ${kept} tokens are kept, but training drops rows over ${maxLength}`,
        remedy: `raise it to more than ${kept}, lower explore.sampling.maxTokens, or add a length rule`,
      },
    ]
  })
}

function perplexityExists(round: RoundTree): readonly RecipeProblem[] {
  const { index, recipe } = round
  if (index === 0 && textAt(recipe, 'score.under') === 'incumbent')
    return [
      {
        path: 'score.under',
        message: 'round 0 has no incumbent to take perplexities under',
        remedy: 'override it there: overrides: [{ rounds: [0], score: { under: sampler } }]',
      },
    ]
  if (!samplesNothing(round)) return []
  return listAt(recipe, 'curate.rules').flatMap((rule, at) =>
    textAt(rule, 'rule') === 'perplexity' && isTree(rule) && rule['requireScore'] === true
      ? [
          {
            path: `curate.rules.${at}.requireScore`,
            message: 'imported demonstrations have no perplexity, so round 0 would keep none of them',
            remedy: 'override curate.rules for round 0, or leave requireScore out',
          },
        ]
      : [],
  )
}

/** Whether the round takes its trajectories from imported demonstrations. */
function samplesNothing({ index, recipe }: RoundTree): boolean {
  return index === 0 && textAt(recipe, 'imitate.from') === 'demonstrations'
}
