import type { ModelCall } from '@costspan/cost-model';
import { providerAtHost } from './provider-of-host.ts';

/**
 * Providers that stand for a model server of one's own: the names that the dialects and the wire formats give, and those
 * of instrumentations and gateways. LiteLLM calls vLLM `hosted_vllm`.
 *
 * @see https://docs.litellm.ai/docs/providers
 */
const MODEL_SERVERS: ReadonlySet<string> = new Set([
  'docker_model_runner',
  'hosted_vllm',
  'infinity',
  'llama-cpp',
  'llama_cpp',
  'llamacpp',
  'llamafile',
  'lm-studio',
  'lm_studio',
  'lmstudio',
  'localai',
  'ollama',
  'ollama_chat',
  'oobabooga',
  'sglang',
  'tensorrt-llm',
  'tensorrt_llm',
  'text-generation-inference',
  'tgi',
  'triton',
  'vllm',
  'xinference',
]);

/** Ollama's own cloud, which a local Ollama also passes such models on to: `gpt-oss:120b-cloud`. */
const OLLAMA_CLOUD_HOST = /(?:^|\.)ollama\.com$/i;
const OLLAMA_CLOUD_MODEL = /[:-]cloud$/;

/**
 * Whether hardware of one's own answered a call, which is paid by the hour and not by the token: a model server reported
 * it, or the provider's name stands for one. False for the clouds that run the same software.
 */
export function isModelServer(call: ModelCall): boolean {
  if (call.usageSource === 'server') return true;
  const { provider, serverAddress, requestModel = '', responseModel = '' } = call;
  if (provider === undefined || !MODEL_SERVERS.has(provider)) return false;
  if (serverAddress !== undefined && isProviderHost(serverAddress)) return false;
  return !(
    provider.startsWith('ollama') &&
    (OLLAMA_CLOUD_MODEL.test(requestModel) || OLLAMA_CLOUD_MODEL.test(responseModel))
  );
}

/** Whether a host is that of a provider, so that what it says of its time is about its own hardware. */
export function isProviderHost(host: string): boolean {
  return OLLAMA_CLOUD_HOST.test(host) || providerAtHost(host) !== undefined;
}
