import { inputTokenTotal, outputTokenTotal, type TokenUsage } from '@costspan/cost-model';
import type { Attributes } from '@opentelemetry/api';

/**
 * Usage in the names of OpenTelemetry's GenAI conventions, where input contains the cached tokens and output the
 * reasoning: uncached 176, cached 1024, output 94 and reasoning 128 are input 1200 and output 222.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-spans.md
 */
export function genAiUsageAttributes(usage: TokenUsage): Attributes {
  const attributes: Attributes = {};
  const input = inputTokenTotal(usage);
  const output = outputTokenTotal(usage);
  if (input > 0 || usage.input !== undefined) attributes['gen_ai.usage.input_tokens'] = input;
  if (output > 0 || usage.output !== undefined) attributes['gen_ai.usage.output_tokens'] = output;
  const cacheRead = sum(usage.cacheRead, usage.cacheReadAudio, usage.cacheReadImage);
  const cacheWrite = sum(usage.cacheWrite, usage.cacheWrite5m, usage.cacheWrite1h);
  putPositive(attributes, 'gen_ai.usage.cache_read.input_tokens', cacheRead);
  putPositive(attributes, 'gen_ai.usage.cache_write.input_tokens', cacheWrite);
  putPositive(attributes, 'gen_ai.usage.reasoning.output_tokens', usage.reasoning);
  putPositive(attributes, 'gen_ai.usage.audio.input_tokens', sum(usage.inputAudio, usage.cacheReadAudio));
  putPositive(attributes, 'gen_ai.usage.image.input_tokens', sum(usage.inputImage, usage.cacheReadImage));
  putPositive(attributes, 'gen_ai.usage.audio.output_tokens', usage.outputAudio);
  putPositive(attributes, 'gen_ai.usage.image.output_tokens', usage.outputImage);
  return attributes;
}

function sum(...counts: (number | undefined)[]): number {
  return counts.reduce<number>((total, count) => total + (count ?? 0), 0);
}

function putPositive(attributes: Attributes, key: string, value: number | undefined): void {
  if (value !== undefined && value > 0) attributes[key] = value;
}
