import type { CallOperation, ModelCall, TokenUsage, UnpricedResult } from '@costspan/cost-model';

/** Operations that read and write tokens: one count without the other is a loss, not a free half. */
const TWO_SIDED: ReadonlySet<CallOperation> = new Set(['chat', 'text_completion', 'generate_content']);

/** Why a call's usage cannot be priced whatever its model costs; `undefined` when it can. */
export function unpricedUsage(call: ModelCall): UnpricedResult | undefined {
  const { usage } = call;
  if (usage === undefined) {
    const reason = call.errorType === undefined ? 'usage_missing' : 'call_failed_without_usage';
    return { status: 'unpriced', reason };
  }
  for (const bucket in usage) {
    const quantity = usage[bucket as keyof TokenUsage];
    if (quantity !== undefined && !(Number.isSafeInteger(quantity) && quantity >= 0)) {
      return { status: 'unpriced', reason: 'usage_missing', detail: `${bucket} is not a count` };
    }
  }
  if (!TWO_SIDED.has(call.operation)) return undefined;
  if (!hasInput(usage)) return { status: 'unpriced', reason: 'usage_missing_input_tokens' };
  if (!hasOutput(usage)) return { status: 'unpriced', reason: 'usage_missing_output_tokens' };
  return undefined;
}

function hasInput(usage: TokenUsage): boolean {
  return (
    usage.input !== undefined ||
    usage.cacheRead !== undefined ||
    usage.inputAudio !== undefined ||
    usage.inputImage !== undefined ||
    usage.cacheWrite !== undefined ||
    usage.cacheWrite5m !== undefined ||
    usage.cacheWrite1h !== undefined
  );
}

function hasOutput(usage: TokenUsage): boolean {
  return (
    usage.output !== undefined ||
    usage.reasoning !== undefined ||
    usage.outputAudio !== undefined ||
    usage.outputImage !== undefined
  );
}
