// The entry of a checking thread. Threads do not inherit the loader of TypeScript: it is registered here.
import { register } from 'tsx/esm/api'

register()
await import('./checking-thread.ts')
