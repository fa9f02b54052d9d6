import { z } from 'zod'
import { SetName } from './problem-set.ts'

/** A solution of one problem: `text` is a whole completion in the recipe's thought format. */
export const DemonstrationRow = z
  .strictObject({ problemId: z.string().min(1), text: z.string().min(1) })
  .meta({ id: 'Demonstration' })

export const DemonstrationUpload = z
  .strictObject({ name: SetName, problemSet: z.string().min(1), demonstrations: z.array(DemonstrationRow).min(1) })
  .meta({ id: 'DemonstrationUpload' })

export const DemonstrationSetView = z
  .strictObject({ id: z.string(), name: z.string(), problemSetId: z.string(), count: z.number().int() })
  .meta({ id: 'DemonstrationSet' })
export type DemonstrationSetView = z.infer<typeof DemonstrationSetView>
