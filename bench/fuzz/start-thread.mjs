// A worker thread does not inherit how its parent reads TypeScript.
import { register } from 'tsx/esm/api'

register()
await import('./fuzz-thread.ts')
