/** Packages that programs rightly expect of a Python for solving problems; one that nobody has is the program's own fault. */
const usual: ReadonlySet<string> = new Set(
  'numpy scipy pandas sympy networkx sortedcontainers sklearn matplotlib torch more_itertools numba bitarray mpmath'.split(
    ' ',
  ),
)

/** The package that a program failed for want of on this machine; null when it failed for another reason. */
export function missingPackage(reason: string, program: string): string | null {
  const module = /ModuleNotFoundError\b.*?No module named '([\w.]+)'/.exec(reason)?.[1]?.split('.')[0]
  if (module === undefined || !usual.has(module)) return null
  return new RegExp(String.raw`^\s*(?:import|from)\s+${module}\b`, 'm').test(program) ? module : null
}
