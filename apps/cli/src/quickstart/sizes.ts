import type { QuickstartSizes } from './chains.ts'

/** Problems by number of steps, from one step up. */
export const quickstartSizes: QuickstartSizes = {
  demonstrations: [100, 90, 40, 10, 10],
  pool: [100, 300, 200, 200, 200],
  heldOut: [40, 60, 60, 60, 60],
}
