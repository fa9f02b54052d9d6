/**
 * Deploy: serve the candidate beside the incumbent under its own versioned name, proven by its canary.
 *
 * Reads   the checkpoint that train wrote
 * Writes  the deployment's record
 * Again   serving is ensured by name, so the second call finds it served
 */
import { z } from 'zod'
import { servePolicy } from './served-policy.ts'
import { defineStage, type StageContext, StageFailed } from './stage.ts'

const Input = z.strictObject({ checkpointId: z.string() })
const Output = z.strictObject({ model: z.string(), endpoints: z.array(z.string()) })

export const deploy = defineStage({
  name: 'deploy',
  input: Input,
  result: Output,
  output: Output,
  plan: async (context) => [{ checkpointId: candidateOf(context) }],
  run: async (context, input) => {
    const policy = await servePolicy(context, input.checkpointId)
    if (policy.kind === 'waiting') return policy
    const endpoints = policy.served.endpoints.map((endpoint) => endpoint.url)
    return { kind: 'done', result: { model: policy.name, endpoints } }
  },
  finish: async (_context, [deployed]) => {
    if (deployed === undefined) throw new StageFailed('nothing was deployed')
    return { output: deployed }
  },
})

export function candidateOf(context: StageContext): string {
  const { candidateCheckpointId } = context.round
  if (candidateCheckpointId === null) throw new StageFailed('the round has no candidate checkpoint')
  return candidateCheckpointId
}
