import type { JsonFields } from '@costspan/semconv';

/**
 * The model server that an answer gives away, by the names that its spans have. No provider's list price applies to what
 * runs on the operator's own hardware.
 *
 * - Ollama: every answer has the fingerprint `fp_ollama`.
 * - llama.cpp: `timings` with what it predicted.
 * - vLLM: fields of its own, null as they mostly are; from 0.20 on a fingerprint.
 * - SGLang: what stopped a choice, under a name of its own.
 * - Text Generation Inference: its version and build as the fingerprint.
 * - LM Studio: the model as the fingerprint.
 *
 * @see https://github.com/ollama/ollama/blob/main/openai/openai.go
 * @see https://github.com/vllm-project/vllm/blob/main/vllm/entrypoints/openai/chat_completion/protocol.py
 * @see https://github.com/sgl-project/sglang/blob/main/python/sglang/srt/entrypoints/openai/protocol.py
 * @see https://github.com/huggingface/text-generation-inference/blob/main/router/src/server.rs
 */
export function modelServerOf(document: JsonFields, choices: readonly JsonFields[]): string | undefined {
  const { system_fingerprint: fingerprint, timings } = document;
  if (fingerprint === 'fp_ollama') return 'ollama';
  if (typeof timings === 'object' && timings !== null && 'predicted_ms' in timings) return 'llama_cpp';
  if (choices.some((choice) => 'matched_stop' in choice)) return 'sglang';
  if ('prompt_logprobs' in document || 'kv_transfer_params' in document) return 'vllm';
  if (choices.some((choice) => 'stop_reason' in choice)) return 'vllm';
  if (typeof fingerprint !== 'string') return undefined;
  if (fingerprint.startsWith('vllm-')) return 'vllm';
  if (/^\d+\.\d+\.\d+(?:-dev\d*)?-(?:native|sha-[0-9a-f]+)/.test(fingerprint)) return 'tgi';
  return fingerprint === document['model'] ? 'lmstudio' : undefined;
}
