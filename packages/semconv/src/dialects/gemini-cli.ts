import type { Dialect } from '../dialect.ts';
import { disjointUsage } from '../disjoint-usage.ts';
import { trustWithoutDetails } from '../gemini-usage.ts';
import { count, errorType, text } from '../gen-ai-call.ts';
import type { SpanReading } from '../span-reading.ts';
import type { SpanView } from '../span-view.ts';

const NAME = 'gemini-cli';

/**
 * Gemini CLI's spans (`telemetry.traces`): one `llm_call` per request, with prompt and candidates only. Cached tokens,
 * thoughts and what tools put into the prompt are in its log events, as is the answer's model. A response without
 * usage is written as zeros. Neither the Gemini API nor Vertex AI is named; their prices are the same.
 *
 * @see https://geminicli.com/docs/cli/telemetry/
 * @see `packages/core/src/core/loggingContentGenerator.ts` in `@google/gemini-cli` 0.61.0
 */
export const geminiCli: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName === 'gemini-cli',
  read(span) {
    const operation = text(span, 'gen_ai.operation.name') ?? span.name;
    if (operation === 'llm_call') return readCall(span);
    const isTool = operation === 'tool_call' || operation === 'schedule_tool_calls';
    return { kind: isTool ? 'tool' : 'aggregate', dialect: NAME };
  },
};

function readCall(span: SpanView): SpanReading {
  const input = count(span, 'gen_ai.usage.input_tokens');
  const call = {
    dialect: NAME,
    provider: 'gcp.gemini',
    requestModel: text(span, 'gen_ai.request.model'),
    responseModel: undefined,
    operation: 'generate_content',
    // Every request has a prompt, so that an input of none says that nothing is known.
    ...disjointUsage({
      input: input === 0 ? undefined : input,
      output: input === 0 ? undefined : count(span, 'gen_ai.usage.output_tokens'),
      inputIncludesCache: true,
      outputIncludesReasoning: false,
    }),
    usageSource: 'span',
    responseId: undefined,
    serviceTier: undefined,
    serverAddress: undefined,
    errorType: errorType(span),
  } as const;
  return { kind: 'model_call', call: { ...call, ...trustWithoutDetails(call) } };
}
