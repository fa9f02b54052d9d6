import { setTimeout as sleep } from 'node:timers/promises'
import type { ServedModel } from '@ratchet/domain/recipe/recipe.ts'
import type { DeploymentReport, DeploymentRequest, Serving } from '@ratchet/ports/serving.ts'

/** Looks until a deployment is ready or has failed. */
export async function settleDeployment(
  serving: Serving,
  deployment: DeploymentRequest,
): Promise<Exclude<DeploymentReport, { state: 'starting' }>> {
  for (;;) {
    const report = await serving.ensure(deployment)
    if (report.state !== 'starting') return report
    await sleep(100)
  }
}

/** Looks until a deployment is ready; throws the reason when it has failed. */
export async function ensureReady(serving: Serving, deployment: DeploymentRequest): Promise<ServedModel> {
  const report = await settleDeployment(serving, deployment)
  if (report.state === 'failed') throw new Error(report.reason)
  return report.served
}
