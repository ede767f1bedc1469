import { CHINESE_LAB_ENTRIES, CHINESE_LAB_SOURCES } from './first-party/chinese-labs.ts';
import { COHERE_ENTRIES, COHERE_LEFT_OUT, COHERE_SOURCE } from './first-party/cohere.ts';
import { DEEPSEEK_CORRECTIONS, DEEPSEEK_ENTRIES, DEEPSEEK_SOURCE } from './first-party/deepseek.ts';
import { EMBEDDING_ENTRIES, EMBEDDING_SOURCES } from './first-party/embeddings.ts';
import { MISTRAL_ENTRIES, MISTRAL_LEFT_OUT, MISTRAL_SOURCE } from './first-party/mistral.ts';
import { OTHER_LAB_ENTRIES, OTHER_LAB_SOURCES } from './first-party/other-labs.ts';
import { PERPLEXITY_ENTRIES, PERPLEXITY_SOURCE } from './first-party/perplexity.ts';
import { FIRST_PARTY_SELECTIONS, SOURCE_CORRECTIONS } from './first-party/source-corrections.ts';
import { XAI_ENTRIES, XAI_SOURCE } from './first-party/xai.ts';
import type { PriceArea } from './price-area.ts';

/** Prices of other providers of their own models. */
export const firstParty: PriceArea = {
  sources: {
    ...MISTRAL_SOURCE,
    ...XAI_SOURCE,
    ...DEEPSEEK_SOURCE,
    ...COHERE_SOURCE,
    ...PERPLEXITY_SOURCE,
    ...EMBEDDING_SOURCES,
    ...CHINESE_LAB_SOURCES,
    ...OTHER_LAB_SOURCES,
  },
  leftOut: new Map(
    [
      ...MISTRAL_LEFT_OUT.map((model) => `mistral_ai/${model}`),
      ...COHERE_LEFT_OUT.map((model) => `cohere/${model}`),
    ].map((name) => [name, 'is another name of a model that is listed with its history']),
  ),
  selections: FIRST_PARTY_SELECTIONS,
  corrections: [...DEEPSEEK_CORRECTIONS, ...SOURCE_CORRECTIONS],
  added: [
    ...MISTRAL_ENTRIES,
    ...XAI_ENTRIES,
    ...DEEPSEEK_ENTRIES,
    ...COHERE_ENTRIES,
    ...PERPLEXITY_ENTRIES,
    ...EMBEDDING_ENTRIES,
    ...CHINESE_LAB_ENTRIES,
    ...OTHER_LAB_ENTRIES,
  ],
};
