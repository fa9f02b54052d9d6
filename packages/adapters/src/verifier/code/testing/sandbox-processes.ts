import { execFileSync } from 'node:child_process'

/** Processes of sandboxes with this limit of threads, the oldest first: every one of a sandbox has the limits among its arguments. */
export function sandboxProcesses(threads: number): number[] {
  const all = execFileSync('ps', ['-eo', 'pid,args', '--sort=start_time,pid'], { encoding: 'utf8' })
  return all.split('\n').flatMap((line) => {
    const number = Number.parseInt(line, 10)
    return line.includes(`"threads":${threads}`) ? [number] : []
  })
}
