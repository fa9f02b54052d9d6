import { dirname } from 'node:path'
import { afterAll, beforeAll, describe } from '@jest/globals'
import type { Cluster } from '@ratchet/ports/cluster.ts'
import { labCluster } from './kubernetes-jobs.ts'
import { findKubernetes, type KubernetesLab, noKubernetes, openKubernetesLab } from './kubernetes-lab.ts'
import { fileObjects, findRealPython, noPython, trainerScript } from './real-python.ts'

/** A namespace in which the real trainer runs. */
export type TrainerLab = {
  readonly lab: KubernetesLab
  /** On the volume of its pods; datasets, models and runs are in it. */
  readonly home: string
  /** A cluster whose trainers save within half a minute when they are told to end. */
  open(more?: Parameters<typeof labCluster>[1]): Cluster
}

/** A suite with the real trainer on a real Kubernetes, skipped with its reason where either is missing. */
export function describeKubernetesTrainer(title: string, tests: (trainerLab: () => TrainerLab) => void): void {
  const kubeconfig = findKubernetes()
  const python = findRealPython()
  const missing = kubeconfig === null ? noKubernetes : python === null ? noPython : null
  const suite = missing === null ? describe : describe.skip
  suite(`${title}${missing === null ? '' : ` (${missing})`}`, () => {
    let lab: KubernetesLab
    beforeAll(async () => {
      lab = await openKubernetesLab(kubeconfig ?? '')
    })
    afterAll(() => lab?.close())

    tests(() => {
      const home = dirname(lab.runsDirectory)
      const own = { trainer: [python ?? '', trainerScript], objects: fileObjects(home) }
      const open: TrainerLab['open'] = (more) =>
        labCluster(lab, { ...own, heartbeatSeconds: 1, graceSeconds: 30, ...more })
      return { lab, home, open }
    })
  })
}
