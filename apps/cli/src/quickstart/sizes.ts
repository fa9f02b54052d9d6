import type { QuickstartSizes } from './chains.ts'

/** Problems by number of steps, from one step up. */
export const quickstartSizes: QuickstartSizes = {
  demonstrations: [120, 150, 120, 110],
  pool: [60, 250, 400, 400],
  heldOut: [40, 80, 120, 120],
}
