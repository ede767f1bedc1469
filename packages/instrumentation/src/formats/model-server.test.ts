import { expect, test } from 'vitest';
import { modelServerOf } from './model-server.ts';

test.each<[Record<string, unknown>, Record<string, unknown>, string | undefined]>([
  [{ system_fingerprint: 'fp_ollama' }, {}, 'ollama'],
  [{ timings: { predicted_ms: 1 }, system_fingerprint: 'b6529-8f8f2274' }, {}, 'llama_cpp'],
  [{ timings: { total: 1 } }, {}, undefined],
  [{}, { matched_stop: null }, 'sglang'],
  [{}, { stop_reason: null }, 'vllm'],
  [{ prompt_logprobs: null }, {}, 'vllm'],
  [{ kv_transfer_params: null }, {}, 'vllm'],
  [{ system_fingerprint: 'vllm-0.26.0-tp4-628bf3dd' }, {}, 'vllm'],
  [{ system_fingerprint: '3.3.7-sha-24ee40d' }, {}, 'tgi'],
  [{ system_fingerprint: '3.0.1-native' }, {}, 'tgi'],
  [{ system_fingerprint: '3.0.1-beta' }, {}, undefined],
  [{ system_fingerprint: 'qwen3', model: 'qwen3' }, {}, 'lmstudio'],
  [{ system_fingerprint: null, model: null }, {}, undefined],
  [
    { system_fingerprint: 'fp_ee1d74bde0', model: 'gpt-4o', service_tier: 'default' },
    { finish_reason: 'stop' },
    undefined,
  ],
])('%j with the choice %j is from %s', (document, choice, server) => {
  expect(modelServerOf(document, [choice])).toBe(server);
});
