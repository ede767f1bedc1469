import type { CallOperation, TokenUsage } from '@costspan/cost-model';
import { disjointUsage } from '../disjoint-usage.ts';
import { count } from '../gen-ai-call.ts';
import type { SpanView } from '../span-view.ts';

/** Speech and transcription of AI SDK 7 are one span each, without a span of the model's inside. */
export const AUDIO_OPERATIONS: ReadonlyMap<string, CallOperation> = new Map<string, CallOperation>([
  ['ai.generateSpeech', 'speech'],
  ['ai.transcribe', 'transcription'],
  ['ai.streamTranscribe', 'transcription'],
]);

/**
 * The usage of such a span: whatever numbers the provider's response has, flattened under a prefix. OpenAI counts
 * tokens, of which audio is a part, or seconds, with a fraction; others count the characters spoken.
 *
 * Source: `provider-usage-attributes.ts` of `@ai-sdk/otel` 1.0.173.
 */
export function audioUsage(span: SpanView, prefix: 'gen_ai.usage' | 'ai.usage'): TokenUsage | undefined {
  const tokens = disjointUsage({
    input: count(span, `${prefix}.input_tokens`),
    inputAudio: count(span, `${prefix}.input_token_details.audio_tokens`),
    output: count(span, `${prefix}.output_tokens`),
    inputIncludesCache: true,
    outputIncludesReasoning: true,
  }).usage;
  const seconds = quantity(span.attribute(`${prefix}.seconds`));
  const characters = count(span, `${prefix}.characters`);
  if (seconds === undefined && characters === undefined) return tokens;
  return {
    ...tokens,
    ...(seconds !== undefined && { seconds }),
    ...(characters !== undefined && { characters }),
  };
}

function quantity(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
