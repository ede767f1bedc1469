import type { Dialect } from '../dialect.ts';
import { type GenAiMeaning, readGenAiSpan, text } from '../gen-ai-call.ts';
import { mayCountCachedAsUncached } from '../lossy-cache.ts';

const meaning: GenAiMeaning = {
  dialect: 'opentelemetry-openai',
  inputIncludesCache: true,
  outputIncludesReasoning: true,
};

/** OpenTelemetry's library for instrumentations in Python; that of OpenAI's SDK writes its latest spans through it. */
const SHARED_PYTHON_SCOPE = 'opentelemetry.util.genai.handler';

const SCOPES: ReadonlySet<string> = new Set([
  '@opentelemetry/instrumentation-openai',
  '@elastic/opentelemetry-instrumentation-openai',
  'opentelemetry.instrumentation.openai_v2',
  SHARED_PYTHON_SCOPE,
]);

/**
 * OpenTelemetry's instrumentations of OpenAI's SDKs (`@opentelemetry/instrumentation-openai` 0.22, for Python
 * `opentelemetry-instrumentation-openai-v2` 2.4b0): input is OpenAI's own, which contains the cache, and for chat
 * completions nothing says how much of it was cached. What a long prompt costs is then at most what it comes to.
 */
export const openTelemetryOpenAi: Dialect = {
  name: meaning.dialect,
  ownsScope: (scopeName) => SCOPES.has(scopeName),
  read(span) {
    if (span.scopeName === SHARED_PYTHON_SCOPE && text(span, 'gen_ai.provider.name') !== 'openai')
      return undefined;
    const reading = readGenAiSpan(span, meaning);
    if (reading?.kind !== 'model_call' || !mayCountCachedAsUncached(span, reading.call)) return reading;
    return { kind: 'model_call', call: { ...reading.call, usageIncomplete: 'upper_bound' } };
  },
};
