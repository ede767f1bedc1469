import type { TokenUsage } from '@costspan/cost-model';
import type { ProviderCalls, RecordedTruth } from './recorded-truth.ts';

function inference(provider: string, usage: TokenUsage): ProviderCalls {
  return { calls: 1, provider, kind: 'inference', usage };
}

function gpt(provider = 'openai'): ProviderCalls {
  return inference(provider, { input: 176, cacheRead: 1024, output: 222, reasoning: 128 });
}

function claude(provider = 'anthropic'): ProviderCalls {
  return inference(provider, {
    input: 176,
    cacheRead: 1024,
    cacheWrite5m: 500,
    cacheWrite1h: 12,
    output: 350,
  });
}

const EMBEDDINGS: ProviderCalls = {
  calls: 1,
  provider: 'openai',
  kind: 'embeddings',
  usage: { input: 42 },
};

/** What the fixtures of model servers and gateways describe, by the fixture's name. */
export const GATEWAY_TRUTH: Readonly<Record<string, RecordedTruth>> = {
  agentgateway: {
    answered: [
      gpt(),
      inference('anthropic', { input: 2000, cacheRead: 1024, cacheWrite: 512, output: 350 }),
      claude(),
    ],
    refused: 0,
  },
  bifrost: {
    answered: [
      gpt(),
      claude(),
      inference('openai', { input: 42, output: 7 }),
      inference('openrouter', { input: 64, output: 16 }),
    ],
    refused: 1,
  },
  'cloudflare-ai-gateway': {
    answered: [
      gpt(),
      inference('openai', { input: 42, output: 7 }),
      claude(),
      inference('cloudflare', { input: 64, output: 16 }),
      inference('gcp.gemini', { input: 64, output: 16 }),
    ],
    refused: 0,
  },
  'envoy-ai-gateway__gen_ai': {
    answered: [
      gpt('azure.ai.openai'),
      claude(),
      inference('aws.bedrock', { input: 2000, cacheRead: 1024, output: 350 }),
      claude('gcp.vertex_ai'),
    ],
    refused: 1,
  },
  'envoy-ai-gateway__openinference': { answered: [gpt(), claude(), EMBEDDINGS], refused: 1 },
  'kong-ai-gateway': {
    answered: [gpt(), inference('openai', { input: 42, output: 7 }), claude()],
    refused: 1,
  },
  'openrouter-broadcast': {
    answered: [
      gpt('openrouter'),
      claude('openrouter'),
      inference('openrouter', { input: 1200, output: 350 }),
    ],
    refused: 1,
  },
  portkey: { answered: [gpt(), claude(), claude(), EMBEDDINGS], refused: 1 },
  sglang: {
    answered: [
      inference('sglang', { input: 176, cacheRead: 1024, output: 350 }),
      // The client tells as much of this one, and whose call it was.
      inference('openai', { input: 42, output: 7 }),
      inference('sglang', { input: 288, cacheRead: 512, output: 60 }),
      inference('sglang', { input: 44, cacheRead: 256, output: 90 }),
    ],
    refused: 0,
  },
  // Only the client names the model.
  'tensorrt-llm': { answered: [inference('openai', { input: 1200, output: 350 })], refused: 0 },
  tgi: { answered: [gpt(), inference('tgi', { input: 64, output: 16 })], refused: 0 },
  'traceloop-hub': {
    answered: [gpt(), inference('openai', { input: 64, output: 16 }), claude(), EMBEDDINGS],
    refused: 1,
  },
  triton: {
    answered: [
      inference('triton', { input: 64, output: 16 }),
      // Only the client knows what an ensemble used, and only vLLM what its backend did.
      inference('openai', { input: 1200, output: 350 }),
      inference('vllm', { input: 300, output: 90 }),
    ],
    refused: 0,
  },
  'vercel-ai-gateway': {
    answered: [gpt('gateway'), claude('gateway'), inference('gateway', { input: 64 })],
    refused: 1,
  },
  vllm: {
    answered: [
      // The client's span is billed for these: only it names the model.
      inference('openai', { input: 1200, output: 350 }),
      inference('openai', { input: 42, output: 7 }),
      inference('openai', { input: 64, output: 16 }),
      inference('vllm', { input: 300, output: 90 }),
      inference('vllm', { input: 10, output: 2 }),
    ],
    refused: 0,
  },
};
