import { join } from 'node:path'
import { type Run, runLogFile } from './scheduler.ts'
import { shellWords } from './shell-words.ts'

export type SlurmResources = {
  readonly partition?: string | undefined
  readonly account?: string | undefined
  readonly qos?: string | undefined
  readonly gpusPerNode: number
  /** As in `--gres=gpu:h100:8`; any when left out. */
  readonly gpuType?: string | undefined
  readonly cpusPerNode?: number | undefined
  readonly memoryPerNodeGb?: number | undefined
  /** Further options of sbatch, as in `--constraint=ib`. */
  readonly options: readonly string[]
  /** Shell lines before the program: modules, a virtual environment. Each must end with 0. */
  readonly setup: readonly string[]
  /** Variables of the program, exported before the setup; no secrets. */
  readonly env: Readonly<Record<string, string>>
}

/** Where the first submission of a run to start leaves its id. */
export function slurmClaimFile(directory: string): string {
  return join(directory, 'slurm-job-id')
}

/**
 * One launcher a node, which finds the others by the first node's address; when one fails the others end too, but one that ended well
 * ends nobody: the first node's may still publish. Steps get the script's own environment only when asked to, since the job was
 * submitted without one, and from 22.05 on do not take the CPUs of a task over from the job.
 */
function onEveryNode({ nodes, command }: Run, cpusPerNode: number | undefined): string {
  const perNode = `RATCHET_NODE_RANK=$SLURM_NODEID; exec ${shellWords(command)}`
  const cpus = cpusPerNode === undefined ? '' : ` --cpus-per-task=${cpusPerNode}`
  return `${mainAddress}srun --export=ALL --nodes=${nodes} --ntasks=${nodes} --ntasks-per-node=1${cpus} --kill-on-bad-exit=1 --wait=0 ${shellWords(['bash', '-c', perNode])}`
}

function onNodes(run: Run, { cpusPerNode }: SlurmResources): string {
  if (run.nodes > 1) return onEveryNode(run, cpusPerNode)
  return `${run.role === 'server' ? mainAddress : ''}${shellWords(run.command)}`
}

const mainAddress = `first=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
export RATCHET_MAIN_ADDRESS=$(scontrol show node "$first" | sed -n 's/.*NodeAddr=\\([^ ]*\\).*/\\1/p')
`

/** One that fails ends the job, in words that the log keeps: a program without its modules would fail later and less plainly. */
function setupLine(line: string): string {
  const words = `cluster.setup failed, so nothing was begun: ${line}`
  return `${line}
code=$?; [ $code -eq 0 ] || { echo ${shellWords([words])} >&2; exit $code; }
`
}

function exported([name, value]: readonly [string, string]): string {
  return `export ${name}=${shellWords([value])}\n`
}

/** sbatch splits at spaces. */
function slurmWord(name: string): string {
  return /[\s"'\\]/.test(name) ? `"${name.replaceAll(/["\\]/g, '\\$&')}"` : name
}

/**
 * The batch script of one run. Slurm is told not to requeue it: a further attempt is the engine's to open. Signals reach the batch
 * shell alone, which passes them on, and asking for them twice the grace before the limit allows for Slurm's coarse clock.
 */
export function slurmScript(run: Run, resources: SlurmResources): string {
  const claim = shellWords([slurmClaimFile(run.directory)])
  return `${slurmHead(run, resources)}# Of several submissions of this run, as after a lost reply, the first to start goes on.
(set -o noclobber; echo "$SLURM_JOB_ID" > ${claim}) 2>/dev/null || [ "$(cat ${claim})" = "$SLURM_JOB_ID" ] || exit 0
${Object.entries(resources.env).map(exported).join('')}${resources.setup.map(setupLine).join('')}
# Launchers of several processes pass on SIGTERM alone. The signal may come before the program is known.
${run.nodes === 1 ? '' : '# srun itself would kill its step within seconds.\n'}program= asked=
ask() { ${run.nodes === 1 ? 'kill -TERM $program' : 'scancel --quiet --signal=TERM "$SLURM_JOB_ID.0"'}; }
trap 'asked=yes; [ -z "$program" ] || ask' USR1 TERM
${onNodes(run, resources)} &
program=$!
[ -z "$asked" ] || ask
# A trapped signal interrupts wait, so it is asked until the program is gone, and at last for the code that the program left.
while kill -0 $program 2>/dev/null; do wait $program; done
wait $program
`
}

/** A script that asks for the same as that of the run, under another name, and does nothing. */
export function slurmProbe(run: Run, resources: SlurmResources): string {
  return `${slurmHead({ ...run, name: `${run.name}-check` }, resources)}exit 0\n`
}

function slurmHead(run: Run, resources: SlurmResources): string {
  const { partition, account, qos, gpusPerNode, gpuType, cpusPerNode, memoryPerNodeGb } = resources
  const given = (option: string, value: string | number | undefined): string[] =>
    value === undefined ? [] : [`--${option}=${value}`]
  const gpus =
    gpusPerNode === 0 ? undefined : ['gpu', ...(gpuType === undefined ? [] : [gpuType]), gpusPerNode].join(':')
  const options = [
    `--job-name=${run.name}`,
    `--comment=ratchet:${run.name}`,
    `--nodes=${run.nodes}`,
    '--ntasks-per-node=1',
    ...given('partition', partition),
    ...given('account', account),
    ...given('qos', qos),
    ...given('gres', gpus),
    ...given('cpus-per-task', cpusPerNode),
    ...given('mem', memoryPerNodeGb === undefined ? undefined : `${memoryPerNodeGb}G`),
    `--time=${Math.ceil(run.timeLimitMinutes)}`,
    `--signal=B:USR1@${Math.ceil(run.graceSeconds * 2)}`,
    `--chdir=${slurmWord(run.directory)}`,
    // It puts the job's id and the like in place of % signs.
    `--output=${slurmWord(runLogFile(run).replaceAll('%', '%%'))}`,
    '--open-mode=append',
    '--no-requeue',
    '--export=NONE',
    ...resources.options,
  ]
  return `#!/bin/bash
${options.map((option) => `#SBATCH ${option}`).join('\n')}

`
}
