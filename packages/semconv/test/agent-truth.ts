import type { TokenUsage } from '@costspan/cost-model';
import type { ProviderCalls, RecordedTruth } from './recorded-truth.ts';

function calls(provider: string, ...usages: readonly TokenUsage[]): ProviderCalls[] {
  return usages.map((usage) => ({ calls: 1, provider, kind: 'inference', usage }));
}

/** What the mock of Gemini's API served: prompt 1200 (1024 cached), tools 64, candidates 222, thoughts 128. */
function gemini(count: number, provider = 'gcp.gemini'): ProviderCalls {
  const usage: TokenUsage = { input: 240, cacheRead: 1024, output: 222, reasoning: 128 };
  return { calls: count, provider, kind: 'inference', usage };
}

/** One answer, a tool call with the answer after it, a stream, and a request that was refused. */
const ADK_PYTHON_RUN: RecordedTruth = { answered: [gemini(4)], refused: 1 };

/** What happened while the fixtures of coding agents and of Google's libraries were recorded. */
export const AGENT_TRUTH: Readonly<Record<string, RecordedTruth>> = {
  'claude-code': {
    answered: calls(
      'anthropic',
      { input: 1, cacheWrite5m: 20285, output: 61 },
      { input: 1, cacheWrite5m: 20416, output: 961 },
      { input: 1, cacheWrite5m: 20330, output: 65 },
      { input: 1, cacheWrite5m: 20461, output: 479 },
      { input: 1, cacheWrite5m: 20323, output: 44 },
      { input: 1, cacheWrite5m: 20454, output: 19 },
      { input: 1, cacheRead: 20584, output: 23 },
      { input: 1, cacheWrite5m: 20703, output: 322 },
      { input: 1, cacheWrite5m: 20762, output: 586 },
      { input: 1, cacheRead: 20327, output: 45 },
      { input: 1, cacheWrite5m: 20446, output: 12 },
      { input: 1, cacheWrite5m: 20535, output: 492 },
    ),
    refused: 1,
  },
  // The four requests of one turn, which is what is billed: 8315, 8385, 8518 and 8600 tokens in.
  codex: {
    answered: calls('openai', { input: 15514, cacheRead: 18304, output: 443, reasoning: 2006 }),
    refused: 1,
  },
  // The process ended within the turn, whose span was never written.
  codex__interrupted: { answered: calls('openai', { input: 8315, output: 246, reasoning: 125 }), refused: 0 },
  'gemini-cli': { answered: [gemini(4)], refused: 5 },
  'google-adk-js': { answered: [gemini(5)], refused: 1 },
  'google-adk-python': ADK_PYTHON_RUN,
  'google-adk-python__schema-1': ADK_PYTHON_RUN,
  'google-adk-python__google-genai': ADK_PYTHON_RUN,
  'google-adk-python__litellm': {
    answered: calls(
      'openai',
      { input: 499, cacheRead: 768, output: 63 },
      { input: 1268, output: 667, reasoning: 255 },
    ),
    refused: 0,
  },
  // One of the streams is left early.
  'google-genai-python': {
    answered: [
      gemini(3),
      gemini(1, 'gcp.vertex_ai'),
      { calls: 1, provider: 'gcp.gemini', kind: 'embeddings', usage: { input: 84 } },
    ],
    refused: 1,
  },
};
