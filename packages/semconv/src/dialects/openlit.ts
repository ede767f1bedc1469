import type { Dialect } from '../dialect.ts';
import { readGenAiSpan, text } from '../gen-ai-call.ts';

/** OpenLIT: `gen_ai.*` names; OpenAI's input contains the cache, Anthropic's does not. */
export const openLit: Dialect = {
  name: 'openlit',
  ownsScope: (scopeName) => scopeName.startsWith('@openlit/'),
  read: (span) =>
    readGenAiSpan(span, {
      dialect: 'openlit',
      inputIncludesCache: text(span, 'gen_ai.provider.name') !== 'anthropic',
      outputIncludesReasoning: true,
    }),
};
