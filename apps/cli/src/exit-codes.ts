/** What `ratchet` ends with. */
export const exitCodes = {
  ok: 0,
  /** The command did what it should and the answer is no: the iteration did not succeed, the recipe has problems, the cluster would refuse. */
  failed: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** The API could not be reached. */
  unreachable: 3,
  /** The API refused. */
  refused: 4,
  /** Ctrl-C. */
  interrupted: 130,
} as const
