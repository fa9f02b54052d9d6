import { expect, test } from '@jest/globals'
import { isAdapterBusy, runningRequests } from './running-requests.ts'

const running = (count: number) => `vllm:num_requests_running{engine="0",model_name="base"} ${count}.0\n`
const adapters = (names: string, at: number) =>
  `vllm:lora_requests_info{max_lora="2",running_lora_adapters="${names}",waiting_lora_adapters=""} ${at}\n`

test('running and waiting requests are counted as vLLM and SGLang write them', () => {
  expect(runningRequests(`${running(2)}vllm:num_requests_waiting{engine="0"} 3.0\n`)).toBe(5)
  expect(runningRequests('sglang:num_running_reqs 1.0\nsglang:num_queue_reqs 1.0\n')).toBe(2)
  expect(runningRequests('vllm:num_requests_waiting_by_reason{reason="capacity"} 3.0\n')).toBe(0)
})

test('an adapter is busy when the newest series names it, whatever older ones say', () => {
  expect(isAdapterBusy(running(1) + adapters('a', 1.5e9) + adapters('b,a', 1.7e9), 'a')).toBe(true)
  expect(isAdapterBusy(running(1) + adapters('a', 1.5e9) + adapters('b', 1.7e9), 'a')).toBe(false)
  expect(isAdapterBusy(running(1) + adapters('ab', 1.7e9), 'a')).toBe(false)
})

test('an adapter is not busy when nothing runs, or nothing is told', () => {
  expect(isAdapterBusy(running(0) + adapters('a', 1.7e9), 'a')).toBe(false)
  expect(isAdapterBusy('', 'a')).toBe(false)
})
