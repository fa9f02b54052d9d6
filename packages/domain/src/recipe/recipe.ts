import { z } from 'zod'
import { ClusterChoice, ServerCluster } from './cluster-choice.ts'

/** A recipe as a person writes it: every key checked, unknown keys refused, defaults filled in. Cross-field rules are in check-recipe. */

const fraction = z.number().min(0).max(1)
const positiveInt = z.number().int().positive()

export const Sampling = z.strictObject({
  temperature: z.number().min(0).max(2).default(1),
  topP: z.number().gt(0).max(1).default(1),
  /** Completion tokens at most. */
  maxTokens: positiveInt.default(4096),
  stop: z.array(z.string().min(1)).max(4).default([]),
})
export type Sampling = z.infer<typeof Sampling>

/** An OpenAI-compatible server. `apiKeyEnv` names the environment variable that holds its key; the key itself is never in a recipe. */
export const Endpoint = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  apiKeyEnv: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/)
    .optional(),
  /** Requests in flight at most. */
  maxInFlight: positiveInt.max(4096).default(64),
})
export type Endpoint = z.infer<typeof Endpoint>

/** A named model on endpoints that others run. */
export const ServedModel = z.strictObject({ model: z.string().min(1), endpoints: z.array(Endpoint).min(1) })
export type ServedModel = z.infer<typeof ServedModel>

/** Round 0's explorer: a teacher that is asked, or demonstrations that were imported. */
export const Imitate = z.discriminatedUnion('from', [
  z.strictObject({ from: z.literal('teacher'), teacher: ServedModel }),
  z.strictObject({ from: z.literal('demonstrations'), demonstrationSet: z.string().min(1) }),
])
export type Imitate = z.infer<typeof Imitate>

export const Explore = z.strictObject({
  /** k: correct trajectories to accept for each problem, in the order of their index. */
  accept: positiveInt.max(1024).default(1),
  /** Attempts at one problem at most. */
  cap: positiveInt.max(4096).default(16),
  sampling: Sampling.prefault({}),
  /** Problems in one shard, the unit that one worker claims. */
  shardSize: positiveInt.max(10_000).default(128),
  /** Share of failed rollouts over which the stage gives up rather than curate a damaged sample. */
  maxFailedShare: fraction.default(0.2),
})
export type Explore = z.infer<typeof Explore>

/** Under which model perplexity is taken: the one that sampled (free, from its logprobs), or the incumbent by a prefill pass. */
export const Score = z.strictObject({ under: z.enum(['sampler', 'incumbent']).default('sampler') })
export type Score = z.infer<typeof Score>

export const CurationRule = z.discriminatedUnion('rule', [
  /** The verdict is `correct`. */
  z.strictObject({ rule: z.literal('correct') }),
  /** The text has the recipe's thought format and ended by itself. */
  z.strictObject({ rule: z.literal('format') }),
  /** Completion tokens within bounds. */
  z.strictObject({
    rule: z.literal('length'),
    minTokens: z.number().int().min(0).default(0),
    maxTokens: positiveInt.optional(),
  }),
  /** Perplexity within bounds; a trajectory without one is kept unless `requireScore`. */
  z.strictObject({
    rule: z.literal('perplexity'),
    min: z.number().min(1).default(1),
    max: z.number().min(1).optional(),
    requireScore: z.boolean().default(false),
  }),
  /** Share of the text's word n-grams that repeat an earlier one. */
  z.strictObject({
    rule: z.literal('repetition'),
    ngram: positiveInt.max(64).default(8),
    maxShare: fraction.default(0.3),
  }),
  /** The same text for the same problem, after whitespace is unified, is kept once: the first. */
  z.strictObject({ rule: z.literal('exact-duplicate') }),
  /** At most `keep` trajectories a problem, chosen by `prefer`, ties by index. */
  z.strictObject({
    rule: z.literal('quota'),
    keep: positiveInt,
    prefer: z.enum(['first', 'shortest', 'longest', 'lowest-perplexity', 'highest-perplexity']).default('first'),
  }),
])
export type CurationRule = z.infer<typeof CurationRule>

/** Pairs of a correct and an incorrect trajectory of one problem. STILL-2 prefers correct ones of high and incorrect ones of low perplexity. */
export const PreferencePairs = z.strictObject({
  pairsPerProblem: positiveInt.default(1),
  chosen: z.enum(['first', 'highest-perplexity', 'lowest-perplexity', 'shortest', 'longest']).default('first'),
  rejected: z.enum(['first', 'highest-perplexity', 'lowest-perplexity', 'shortest', 'longest']).default('first'),
  /** Pairs whose rejected side was cut at the token limit teach length more than correctness. */
  allowTruncatedRejected: z.boolean().default(false),
})
export type PreferencePairs = z.infer<typeof PreferencePairs>

export const Curate = z.strictObject({
  /** `all-rounds`: the union of everything accepted so far, as STILL-2's D_t; `this-round`: only what this round found. */
  pool: z.enum(['all-rounds', 'this-round']).default('all-rounds'),
  rules: z
    .array(CurationRule)
    .min(1)
    .default([{ rule: 'correct' }, { rule: 'format' }, { rule: 'exact-duplicate' }]),
  preference: PreferencePairs.optional(),
})
export type Curate = z.infer<typeof Curate>

/** A low-rank adapter on frozen weights (Hu et al. 2021, arXiv 2106.09685). All phases of a job train the same one. */
export const Lora = z.strictObject({
  rank: positiveInt.max(4096).default(16),
  /** The adapter's output is scaled by `alpha / rank`. */
  alpha: z.number().positive().default(32),
  /** Not in DPO, where the reference must be compared under like conditions. */
  dropout: z.number().min(0).lt(1).default(0),
  /** Names of modules, or every linear layer but the output. */
  targetModules: z.union([z.literal('all-linear'), z.array(z.string().min(1)).min(1)]).default('all-linear'),
})
export type Lora = z.infer<typeof Lora>

export const Hyperparameters = z.strictObject({
  /** Optimizer steps; exactly one of `maxSteps` and `epochs`. */
  maxSteps: positiveInt.optional(),
  epochs: z.number().positive().optional(),
  /** Rows (with `packing` packs) in one optimizer step on one device, before accumulation. A step takes this times accumulation times devices. */
  batchSize: positiveInt.default(16),
  gradientAccumulation: positiveInt.default(1),
  learningRate: z.number().positive(),
  scheduler: z.enum(['cosine', 'linear', 'constant']).default('cosine'),
  warmupRatio: fraction.default(0.05),
  weightDecay: z.number().min(0).default(0),
  maxGradNorm: z.number().positive().default(1),
  adamBeta2: fraction.default(0.999),
  /** Tokens of prompt and completion; longer rows are dropped and counted, never cut. */
  maxLength: positiveInt.default(4096),
  dtype: z.enum(['float32', 'bfloat16']).default('bfloat16'),
  gradientCheckpointing: z.boolean().default(false),
  /** Whole rows share a sequence of at most `maxLength` tokens, each with positions and attention of its own. SFT only. */
  packing: z.boolean().default(false),
  /** Left out, all weights are trained. */
  lora: Lora.optional(),
})
export type Hyperparameters = z.infer<typeof Hyperparameters>

export const DpoHyperparameters = Hyperparameters.omit({ packing: true }).extend({
  beta: z.number().positive().default(0.1),
  /** Weight of an SFT term on the chosen side; 0 leaves it out. */
  sftWeight: z.number().min(0).default(0),
  /** Which part of the completions is compared. STILL-2 found `thought` better. */
  scope: z.enum(['thought', 'whole']).default('whole'),
})
export type DpoHyperparameters = z.infer<typeof DpoHyperparameters>

export const Train = z.strictObject({
  method: z.enum(['sft', 'dpo', 'sft+dpo']).default('sft'),
  /** `base`: retrain the base model; `incumbent`: go on from the best checkpoint so far. */
  start: z.enum(['base', 'incumbent']).default('base'),
  /** DPO's reference: the model at the start of the DPO phase, or the incumbent. */
  reference: z.enum(['start', 'incumbent']).default('start'),
  sft: Hyperparameters.optional(),
  dpo: DpoHyperparameters.optional(),
  checkpointEverySteps: positiveInt.default(100),
  /** Whether the trained checkpoint is pushed to the object store. */
  publishCheckpoints: z.boolean().default(true),
})
export type Train = z.infer<typeof Train>

const runningServer = { apiKeyEnv: Endpoint.shape.apiKeyEnv, maxInFlight: positiveInt.default(128) }

/** An incumbent and a candidate are served at once, each on a server of its own. */
const serverUrls = z.array(z.url({ protocol: /^https?$/ })).min(2)

/** Who serves the checkpoints. */
export const ServingChoice = z.discriminatedUnion('backend', [
  /** Ratchet's own small server; `url` where one is already running, else the embedded one. */
  z.strictObject({
    backend: z.literal('policy-server'),
    url: z.url({ protocol: /^https?$/ }).optional(),
    maxInFlight: positiveInt.default(128),
  }),
  /**
   * One server process a checkpoint, started with this command on the worker's machine. `{path}`, `{name}` and `{port}` are
   * replaced in each argument; the server must answer `/health` and `/v1/models` as vLLM does.
   */
  z.strictObject({
    backend: z.literal('command'),
    command: z.array(z.string().min(1)).min(1),
    env: z.record(z.string(), z.string()).default({}),
    startTimeoutSeconds: positiveInt.default(600),
    maxInFlight: positiveInt.default(128),
  }),
  /**
   * The same in a job of a cluster for each checkpoint. The server must listen on an address that the worker reaches, not on loopback.
   */
  z.strictObject({
    backend: z.literal('job'),
    cluster: ServerCluster,
    command: z.array(z.string().min(1)).min(1),
    /** From the moment the job runs until `/health` answers. */
    startTimeoutSeconds: positiveInt.default(900),
    ...runningServer,
  }),
  /** Adapters beside their base model on one vLLM that runs already. */
  z.strictObject({ backend: z.literal('vllm-lora'), url: z.url({ protocol: /^https?$/ }), ...runningServer }),
  /** vLLM servers that run already, whose weights are replaced; each holds one checkpoint. */
  z.strictObject({ backend: z.literal('vllm-in-place'), urls: serverUrls, ...runningServer }),
  /** The same on SGLang servers. Untried on a real one. */
  z.strictObject({ backend: z.literal('sglang-untried'), urls: serverUrls, ...runningServer }),
  /** Endpoints on which somebody else serves the checkpoints. `{name}` and `{path}` are replaced in the model's name. */
  z.strictObject({
    backend: z.literal('static'),
    model: z.string().min(1).default('{name}'),
    endpoints: z.array(Endpoint).min(1),
  }),
])
export type ServingChoice = z.infer<typeof ServingChoice>

export const Benchmark = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and hyphens'),
  problemSet: z.string().min(1),
  /** Rollouts a problem; pass@1 is their mean. */
  samples: positiveInt.max(1024).default(1),
  /** Greedy unless it says otherwise. */
  sampling: Sampling.extend({ temperature: Sampling.shape.temperature.unwrap().default(0) }).prefault({}),
})
export type Benchmark = z.infer<typeof Benchmark>

export const Evaluate = z.strictObject({
  benchmarks: z.array(Benchmark).min(1),
  shardSize: positiveInt.default(512),
  /** Share of failed attempts over which the scores would say more about the endpoint than about the model. */
  maxFailedShare: fraction.default(0.05),
  gate: z
    .strictObject({
      /** The benchmark that decides; the first when left out. */
      benchmark: z.string().optional(),
      /** The candidate is accepted when its pass@1 is at least the incumbent's minus this. */
      margin: fraction.default(0),
    })
    .prefault({}),
})
export type Evaluate = z.infer<typeof Evaluate>

/** When a judge looks again at what was verified by rule. */
export const SecondOpinion = z.strictObject({
  /** Whether it decides what the rules leave undecided. */
  undecided: z.boolean().default(true),
  /** Share of decided verdicts that it looks at too, to tell how often it differs; their decision stands. */
  share: fraction.default(0),
})
export type SecondOpinion = z.infer<typeof SecondOpinion>

/** A model that decides whether a solution agrees with the gold, for problems of kind `judge` and for second opinions. */
export const JudgeChoice = ServedModel.extend({
  /** `yes-no`: does it agree? `option-index`: which of several candidates is it? */
  protocol: z.enum(['yes-no', 'option-index']).default('yes-no'),
  /** Whether a `correct` must also stand when the question is put the other way round. */
  confirm: z.boolean().default(true),
  /** In place of Ratchet's instructions to the judge; it must ask for the protocol's last line. */
  prompt: z.string().min(1).max(20_000).optional(),
  /** Tokens of one reply at most. */
  maxReplyTokens: positiveInt.max(65_536).default(2048),
  /** Questions at most, by one worker for one iteration; what was answered before is not asked again. */
  maxCalls: positiveInt.default(10_000),
  /** Tokens of prompts and replies at most, counted likewise. */
  maxTokens: positiveInt.default(20_000_000),
  secondOpinion: SecondOpinion.optional(),
})
export type JudgeChoice = z.infer<typeof JudgeChoice>

/** Who decides what rules cannot. */
export const VerificationChoice = z.strictObject({ judge: JudgeChoice.optional() })
export type VerificationChoice = z.infer<typeof VerificationChoice>

/** How long something outside may be away before the round fails. */
export const Patience = z.strictObject({
  /** An endpoint that cannot be reached or is overloaded, without one rollout in all that time. */
  endpointMinutes: z.number().positive().default(30),
  /** A cluster that cannot be asked of a training job, which may go on there meanwhile. */
  clusterMinutes: z
    .number()
    .int()
    .positive()
    .default(24 * 60),
  /** A training job that waits for resources. */
  queueMinutes: z
    .number()
    .positive()
    .default(7 * 24 * 60),
})
export type Patience = z.infer<typeof Patience>

const body = {
  explore: Explore.prefault({}),
  score: Score.prefault({}),
  curate: Curate.prefault({}),
  train: Train,
  evaluate: Evaluate,
}

/** A round's difference from the recipe: any part of these sections, merged key by key; arrays are replaced whole. */
export const RoundOverride = z.strictObject({
  rounds: z.array(z.number().int().min(0)).min(1),
  explore: z.record(z.string(), z.unknown()).optional(),
  score: z.record(z.string(), z.unknown()).optional(),
  curate: z.record(z.string(), z.unknown()).optional(),
  train: z.record(z.string(), z.unknown()).optional(),
})
export type RoundOverride = z.infer<typeof RoundOverride>

export const Recipe = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,62}$/, 'lower-case letters, digits, dots and hyphens, at most 63'),
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(1),
  /** Directory of the base model: weights, or only a configuration and tokenizer to start from random weights. */
  baseModel: z.string().min(1),
  /** Id or name of the problem set to explore. */
  problems: z.string().min(1),
  thoughtFormat: z.enum(['think', 'still', 's1', 'plain']).default('think'),
  /** `{problem}` is replaced by the problem's prompt. */
  prompt: z
    .strictObject({ system: z.string().optional(), user: z.string().includes('{problem}').default('{problem}') })
    .prefault({}),
  /** R: self-improvement rounds after the imitation round 0. */
  rounds: z.number().int().min(0).max(100),
  imitate: Imitate,
  verification: VerificationChoice.optional(),
  ...body,
  cluster: ClusterChoice.prefault({ backend: 'local' }),
  serving: ServingChoice.prefault({ backend: 'policy-server' }),
  patience: Patience.prefault({}),
  overrides: z.array(RoundOverride).default([]),
})
export type Recipe = z.infer<typeof Recipe>

/** The recipe of one round: overrides applied, so that nothing about the round depends on the rest. */
export const RoundRecipe = Recipe.omit({ overrides: true, rounds: true })
export type RoundRecipe = z.infer<typeof RoundRecipe>
