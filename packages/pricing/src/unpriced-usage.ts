import type {
  CallOperation,
  ModelCall,
  TokenUsage,
  UnpricedReason,
  UnpricedResult,
} from '@costspan/cost-model';

/** Operations that read and write tokens: one count without the other is a loss, not a free half. */
const TWO_SIDED: ReadonlySet<CallOperation> = new Set(['chat', 'text_completion', 'generate_content']);

/** Why a call's usage cannot be priced whatever its model costs; `undefined` when it may be. */
export function unpricedUsage(call: ModelCall): UnpricedResult | undefined {
  const { usage } = call;
  if (usage === undefined) return noUsage(call);
  if (!TWO_SIDED.has(call.operation)) return undefined;
  const input = hasInput(usage);
  const output = hasOutput(usage);
  if (input && output) return undefined;
  if (!input && !output) return noUsage(call);
  if (call.usageMissing !== undefined) return unpriced(call.usageMissing);
  return unpriced(input ? 'usage_missing_output_tokens' : 'usage_missing_input_tokens');
}

export function unpriced(reason: UnpricedReason, detail?: string): UnpricedResult {
  return detail === undefined ? { status: 'unpriced', reason } : { status: 'unpriced', reason, detail };
}

function noUsage(call: ModelCall): UnpricedResult {
  if (call.usageMissing !== undefined) return unpriced(call.usageMissing);
  return unpriced(call.errorType === undefined ? 'usage_missing' : 'call_failed_without_usage');
}

function hasInput(usage: TokenUsage): boolean {
  return (
    usage.input !== undefined ||
    usage.cacheRead !== undefined ||
    usage.cacheWrite !== undefined ||
    usage.cacheWrite5m !== undefined ||
    usage.cacheWrite1h !== undefined ||
    usage.inputAudio !== undefined ||
    usage.inputImage !== undefined ||
    usage.inputVideo !== undefined ||
    usage.cacheReadAudio !== undefined ||
    usage.cacheReadImage !== undefined
  );
}

function hasOutput(usage: TokenUsage): boolean {
  return (
    usage.output !== undefined ||
    usage.reasoning !== undefined ||
    usage.outputAudio !== undefined ||
    usage.outputImage !== undefined ||
    usage.outputVideo !== undefined
  );
}
