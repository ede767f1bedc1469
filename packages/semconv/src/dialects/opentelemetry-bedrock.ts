import type { CallOperation, ModelCall } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import { type GenAiMeaning, readGenAiSpan, text } from '../gen-ai-call.ts';
import { mayCacheOnBedrock, reportsCache } from '../lossy-cache.ts';
import { isVersionFrom } from '../scope-version.ts';
import type { SpanView } from '../span-view.ts';

const meaning: GenAiMeaning = {
  dialect: 'opentelemetry-bedrock',
  inputIncludesCache: false,
  outputIncludesReasoning: true,
};

const PYTHON_SCOPE = 'opentelemetry.instrumentation.botocore';
const COUNTS_CACHE_FROM = [0, 66] as const;

/** Models whose tokens are guessed from the length of the text when they are called by `InvokeModel`. */
const GUESSED_BY_LENGTH = /cohere|mistral/i;

/**
 * OpenTelemetry's instrumentations of the AWS SDKs, on Amazon Bedrock (`@opentelemetry/instrumentation-aws-sdk` 0.79,
 * for Python `opentelemetry-instrumentation-botocore` 0.66b2).
 *
 * Input is Bedrock's own, which leaves the cache out. Only Python's Converse says what was cached, from 0.66 on;
 * elsewhere the cached tokens are missing. Of `InvokeModelWithResponseStream` to Claude the output is missing too: it is read from the
 * stream's first event. A span of `InvokeModel` has no operation.
 */
export const openTelemetryBedrock: Dialect = {
  name: meaning.dialect,
  ownsScope: (scopeName) =>
    scopeName === '@opentelemetry/instrumentation-aws-sdk' || scopeName.startsWith(PYTHON_SCOPE),
  read(span) {
    const reading = readGenAiSpan(span, meaning);
    if (reading?.kind !== 'model_call') return reading;
    const { call } = reading;
    const method = text(span, 'rpc.method') ?? '';
    const region = text(span, 'cloud.region') ?? text(span, 'aws.region');
    const operation = invokedOperation(span, call);
    if (call.usage === undefined) return { kind: 'model_call', call: { ...call, operation, region } };
    if (method.startsWith('InvokeModel') && GUESSED_BY_LENGTH.test(call.requestModel ?? '')) {
      return { kind: 'model_call', call: { ...call, operation, region, usageSource: 'estimated' } };
    }
    const lost = !passesCacheOn(span, method) && !reportsCache(span) && mayCacheOnBedrock(call);
    return {
      kind: 'model_call',
      call: { ...call, operation, region, usageIncomplete: lost ? 'lower_bound' : undefined },
    };
  },
};

/** A count of none is not written, so that its absence means something only where counts are passed on. */
function passesCacheOn(span: SpanView, method: string): boolean {
  return (
    span.scopeName.startsWith(PYTHON_SCOPE) &&
    method.startsWith('Converse') &&
    isVersionFrom(span.scopeVersion, COUNTS_CACHE_FROM)
  );
}

/** `InvokeModel` takes every kind of model; what it does is in the model's id. */
function invokedOperation(span: SpanView, call: ModelCall): CallOperation {
  if (span.attribute('gen_ai.operation.name') !== undefined) return call.operation;
  const model = call.requestModel ?? '';
  if (model.includes('embed')) return 'embeddings';
  return model.includes('rerank') ? 'rerank' : call.operation;
}
