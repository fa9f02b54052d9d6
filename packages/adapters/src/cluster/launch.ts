import { PortError } from '@ratchet/ports/port-error.ts'

/** How many processes train one job, and how its weights lie on them. */
export type Distribution = {
  readonly nodes: number
  /** One for each GPU as a rule. */
  readonly processesPerNode: number
  /** `replicate`: each process holds the whole model. A path: accelerate's configuration, as for FSDP2. */
  readonly sharding: 'replicate' | { readonly configuration: string }
}

export const singleProcess: Distribution = { nodes: 1, processesPerNode: 1, sharding: 'replicate' }

/** Shell variables that the scheduler's script must set on every node of several. */
export const nodeRankVariable = '$RATCHET_NODE_RANK'
export const mainAddressVariable = '$RATCHET_MAIN_ADDRESS'

/**
 * The command that each node runs: the trainer's own for one process, else torchrun's or accelerate's between its interpreter and
 * its script. Restarts are left to the engine, and the launchers give their processes `graceSeconds` after SIGTERM, not 30 s.
 */
export function launchCommand(
  trainer: readonly string[],
  { nodes, processesPerNode, sharding }: Distribution,
  { name, graceSeconds }: { readonly name: string; readonly graceSeconds: number },
): string[] {
  if (nodes * processesPerNode === 1) return [...trainer]
  const script = trainer.at(-1)
  if (trainer.length < 2 || script === undefined)
    throw new PortError(
      'cluster.trainer must end with an interpreter and a script, so that a launcher of several processes can be put between them',
      { retryable: false },
    )
  const interpreter = trainer.slice(0, -1)
  const port = String(portOf(name))
  if (sharding === 'replicate') {
    const where =
      nodes === 1
        ? ['--standalone']
        : ['--node-rank', nodeRankVariable, '--master-addr', mainAddressVariable, '--master-port', port]
    const size = ['--nnodes', String(nodes), '--nproc-per-node', String(processesPerNode)]
    return [
      ...interpreter,
      '-m',
      'torch.distributed.run',
      ...size,
      ...where,
      '--shutdown-timeout',
      String(graceSeconds),
      script,
    ]
  }
  const where =
    nodes === 1
      ? ['--main_process_port', '0']
      : ['--machine_rank', nodeRankVariable, '--main_process_ip', mainAddressVariable, '--main_process_port', port]
  const size = ['--num_machines', String(nodes), '--num_processes', String(nodes * processesPerNode)]
  return [
    // The only way in which accelerate's own launcher takes it.
    ...['env', `TORCH_ELASTIC_SHUTDOWN_TIMEOUT=${graceSeconds}`],
    ...[...interpreter, '-m', 'accelerate.commands.launch', '--config_file', sharding.configuration],
    ...[...size, ...where, script],
  ]
}

/** Runs on the same nodes at the same time must not meet at one port, nor an attempt at the one that the last still holds. */
export function portOf(run: string): number {
  return 20_000 + (hash(run) % 10_000)
}

function hash(text: string): number {
  return [...text].reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) >>> 0, 7)
}
