import type { StageName } from '@ratchet/domain/round/stage-name.ts'
import { curateStage } from './curate.ts'
import { deploy } from './deploy.ts'
import { evaluate } from './evaluate.ts'
import { explore } from './explore.ts'
import { score } from './score.ts'
import type { Stage } from './stage.ts'
import { train } from './train.ts'

const stages: Readonly<Record<StageName, Stage>> = { explore, score, curate: curateStage, train, deploy, evaluate }

export function stageOf(name: StageName): Stage {
  return stages[name]
}
