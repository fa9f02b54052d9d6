import { expect, test } from '@jest/globals'
import { renderMetrics } from './render-metrics.ts'

test('metrics name every state, also those without any', () => {
  const text = renderMetrics({
    iterations: { running: 2 },
    rounds: { explore: 1 },
    shards: [{ stage: 'explore', status: 'claimed', count: 3 }],
    trajectories: 10,
    datasetVersions: 1,
    checkpoints: 0,
  })
  expect(text).toContain(
    '# TYPE ratchet_iterations gauge\nratchet_iterations{state="running"} 2\nratchet_iterations{state="paused"} 0\n',
  )
  expect(text).toContain('ratchet_open_round_shards{stage="explore",status="claimed"} 3\n')
  expect(text).toContain('ratchet_trajectories 10\n')
  expect(text.endsWith('ratchet_checkpoints 0\n')).toBe(true)
})
