import type { JsonFields } from '@costspan/semconv';

/**
 * How long a server says that its work took, by the names of OpenTelemetry's metrics for it: `queue_time`, `prompt_time`
 * and `completion_time`, all in seconds. Groq has them in the usage and Cerebras in `time_info`.
 *
 * @see https://console.groq.com/docs/api-reference#chat-create
 * @see https://inference-docs.cerebras.ai/api-reference/chat-completions
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 */
export function serverDurations(
  times: JsonFields,
  outputTokens: number | undefined,
): Readonly<Record<string, number>> | undefined {
  const prompt = seconds(times['prompt_time']);
  const completion = seconds(times['completion_time']);
  if (prompt === undefined || completion === undefined) return undefined;
  const begun = (seconds(times['queue_time']) ?? 0) + prompt;
  return {
    'gen_ai.server.request.duration': rounded(begun + completion),
    'gen_ai.server.time_to_first_token': rounded(begun),
    ...(outputTokens !== undefined &&
      outputTokens > 0 && { 'gen_ai.server.time_per_output_token': rounded(completion / outputTokens) }),
  };
}

/**
 * The `timings` of llama.cpp's server, which are in milliseconds.
 *
 * @see https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
 */
export function llamaDurations(timings: JsonFields): Readonly<Record<string, number>> | undefined {
  const { predicted_n: predicted } = timings;
  return serverDurations(
    {
      prompt_time: seconds(timings['prompt_ms'], 1000),
      completion_time: seconds(timings['predicted_ms'], 1000),
    },
    typeof predicted === 'number' ? predicted : undefined,
  );
}

function seconds(value: unknown, perSecond: number = 1): number | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) return undefined;
  return value / perSecond;
}

/** To nanoseconds: a sum of fractions has a tail. */
function rounded(duration: number): number {
  return Math.round(duration * 1e9) / 1e9;
}
