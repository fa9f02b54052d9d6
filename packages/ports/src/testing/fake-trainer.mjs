// A trainer that trains nothing and honours the evidence protocol: `node fake-trainer.mjs RUN_DIRECTORY/attempt-N`. The job's canary text
// is its plan, JSON: { steps, stepMs, attempts: [ending of attempt 1, of attempt 2, …] }, the last ending holding for all later
// attempts. Endings: `succeed`; `fail`; `lie` (exit 0, no result); `stale` (a result of the attempt before, then death);
// `unlucky` (preempted before it has saved anything); `hang` (lives, silent); `deaf` (never ends, ignores signals).
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const here = process.argv[2]
const run = dirname(here)
const job = JSON.parse(readFileSync(join(here, 'job.json'), 'utf8'))
const { attempt } = job
const newestAttempt = () => Math.max(...readdirSync(run).map((name) => Number(/^attempt-(\d+)$/.exec(name)?.[1] ?? 0)))
const plan = JSON.parse(job.canary.text)
const ending = plan.attempts[Math.min(attempt, plan.attempts.length) - 1]

function emit(kind, fields = {}) {
  const event = { at: new Date().toISOString(), attempt, kind, ...fields }
  appendFileSync(join(here, 'events.jsonl'), `${JSON.stringify(event)}\n`)
}

function finish(exit, state, fields = {}) {
  const result = {
    attempt,
    exit,
    state,
    reason: null,
    step,
    metrics: null,
    checkpoint: null,
    manifestSha256: null,
    ...fields,
  }
  emit(state === 'succeeded' ? 'done' : state)
  writeFileSync(join(here, 'result.partial'), JSON.stringify(result))
  renameSync(join(here, 'result.partial'), join(here, 'result.json'))
  process.exit(exit)
}

const stepFile = join(run, 'fake-step')
let step = existsSync(stepFile) ? Number(readFileSync(stepFile, 'utf8')) : 0
for (const signal of ['SIGTERM', 'SIGUSR1'])
  process.on(signal, () => {
    if (ending === 'deaf') return
    emit('save', { phase: 0, step })
    finish(85, 'preempted', { reason: `stopped by ${signal}` })
  })
console.log(`attempt ${attempt} begins`)
emit('start', { pid: process.pid, step })
emit('phase', { phase: 0, method: job.phases[0].method, maxSteps: plan.steps })

if (ending === 'unlucky') finish(85, 'preempted', { reason: 'stopped by SIGTERM' })
while (step < plan.steps || ending === 'deaf') {
  await sleep(plan.stepMs)
  if (newestAttempt() > attempt) process.exit(86)
  step += 1
  emit('step', {
    phase: 0,
    step,
    maxSteps: plan.steps,
    loss: 1 / step,
    learningRate: 0.001,
    gradNorm: 1 + step,
    tokens: 100 * step,
    ...(job.phases[0].method === 'dpo' ? { rewardsMargin: step / 10, rewardsAccuracy: 0.5 } : {}),
  })
  // Only then: a step to go on from is always in the events. And whole, whenever it is killed.
  writeFileSync(`${stepFile}.partial`, String(step))
  renameSync(`${stepFile}.partial`, stepFile)
}
if (ending === 'hang') await sleep(3_600_000)
if (ending === 'fail') finish(1, 'failed', { reason: 'the loss is not a number' })
if (ending === 'stale') {
  writeFileSync(
    join(here, 'result.json'),
    JSON.stringify({ attempt: attempt - 1, exit: 0, state: 'failed', reason: 'stale' }),
  )
  process.exit(0)
}
if (ending === 'succeed') {
  mkdirSync(job.output, { recursive: true })
  const manifest = JSON.stringify({
    format: 1,
    files: [],
    canary: { text: 'x', tokenIds: [1, 2], logprobs: [null, -1] },
  })
  writeFileSync(join(job.output, 'manifest.json'), manifest)
  const manifestSha256 = createHash('sha256').update(manifest).digest('hex')
  finish(0, 'succeeded', {
    metrics: { phases: [{ method: 'sft', steps: step }] },
    checkpoint: job.output,
    manifestSha256,
  })
}
