import type { Dialect } from '../dialect.ts';
import { readGenAiSpan, text } from '../gen-ai-call.ts';

/**
 * OpenLLMetry (Traceloop): `gen_ai.*` names, with input as each provider's API reports it. Anthropic's leaves
 * the cache out, OpenAI's contains it. Workflow and task spans carry `traceloop.span.kind` and no usage.
 */
export const openLlmetry: Dialect = {
  name: 'openllmetry',
  ownsScope: (scopeName) => scopeName.startsWith('@traceloop/'),
  markers: ['traceloop.span.kind', 'llm.request.type'],
  read(span) {
    const kind = text(span, 'traceloop.span.kind');
    if (kind !== undefined) return { kind: kind === 'tool' ? 'tool' : 'aggregate', dialect: 'openllmetry' };
    const provider = text(span, 'gen_ai.provider.name') ?? text(span, 'gen_ai.system') ?? '';
    return readGenAiSpan(span, {
      dialect: 'openllmetry',
      inputIncludesCache: !/anthropic|bedrock/i.test(`${provider} ${span.scopeName}`),
      outputIncludesReasoning: true,
    });
  },
};
