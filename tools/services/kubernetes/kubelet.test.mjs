import assert from 'node:assert/strict'
import { test } from 'node:test'
import { environmentOf, expand } from './kubelet-environment.mjs'
import { refusalOfImage } from './kubelet-image.mjs'

test('replaces variables as Kubernetes does', () => {
  assert.equal(expand('$(A) $$(A) $(B) $A $$', { A: 'x' }), 'x $(A) $(B) $A $')
})

test('gives a container its values, fields and secrets, and names a secret that is missing', async () => {
  const env = [
    { name: 'A', value: 'x' },
    { name: 'B', value: '$(A)y' },
    { name: 'INDEX', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['index']" } } },
    { name: 'KEY', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
  ]
  const pod = { metadata: { namespace: 'n', annotations: { index: '3' } }, spec: { containers: [{ env }] } }
  const body = { data: { k: Buffer.from('hush').toString('base64') } }
  const { values } = await environmentOf(pod, async () => ({ status: 200, body }))
  assert.deepEqual([values.A, values.B, values.INDEX, values.KEY], ['x', 'xy', '3', 'hush'])
  assert.deepEqual(await environmentOf(pod, async () => ({ status: 404, body: {} })), {
    reason: 'CreateContainerConfigError',
    message: 'secret "s" not found',
  })
})

test('has every image but those that cannot be', () => {
  assert.equal(refusalOfImage('registry.example:5000/trainer@sha256:0', 0), null)
  assert.equal(refusalOfImage('registry.invalid/trainer:1', 0).reason, 'ErrImagePull')
  assert.equal(refusalOfImage('registry.invalid/trainer:1', 1).reason, 'ImagePullBackOff')
  assert.equal(refusalOfImage('Registry/trainer', 0).reason, 'InvalidImageName')
})
