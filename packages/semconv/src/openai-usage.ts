import { fieldsOf, type JsonFields } from './json-fields.ts';
import type { ReportedCounts } from './disjoint-usage.ts';
import { tokenCount } from './token-count.ts';

/**
 * Reads the `usage` object of OpenAI's APIs: that of Chat Completions, or of the Responses API, which has other names
 * for the same counts. Both contain their details.
 *
 * @see https://platform.openai.com/docs/api-reference/chat/object
 * @see https://platform.openai.com/docs/api-reference/responses/object
 */
export function openAiCounts(usage: JsonFields): Partial<ReportedCounts> {
  const input = fieldsOf(usage['prompt_tokens_details'] ?? usage['input_tokens_details']);
  const output = fieldsOf(usage['completion_tokens_details'] ?? usage['output_tokens_details']);
  return {
    input: tokenCount(usage['prompt_tokens'] ?? usage['input_tokens']),
    output: tokenCount(usage['completion_tokens'] ?? usage['output_tokens']),
    cacheRead: tokenCount(input?.['cached_tokens']),
    cacheWrite: tokenCount(input?.['cache_write_tokens']),
    inputAudio: tokenCount(input?.['audio_tokens']),
    reasoning: tokenCount(output?.['reasoning_tokens']),
    outputAudio: tokenCount(output?.['audio_tokens']),
    inputIncludesCache: true,
    outputIncludesReasoning: true,
  };
}
