import { ADDED_MODELS, OPENAI_PAGE } from './openai/added-models.ts';
import { AZURE_CORRECTIONS } from './openai/azure-corrections.ts';
import { AZURE_MODELS, AZURE_SELECTIONS } from './openai/azure-models.ts';
import { DATA_RESIDENCY } from './openai/data-residency.ts';
import { PRICE_HISTORY } from './openai/price-history.ts';
import { SERVICE_TIERS } from './openai/service-tiers.ts';
import type { PriceArea } from './price-area.ts';

/** Prices of OpenAI and Azure OpenAI. */
export const openai: PriceArea = {
  sources: {
    'openai-pricing': {
      name: "OpenAI's API pricing page",
      version: '2026-09-23; newer models as announced, until 2026-11-18',
      licence: 'published prices',
      url: OPENAI_PAGE,
    },
    'azure-catalogues': {
      name: 'models.dev, compared with LiteLLM of 2025-09-05',
      version: '2026-07-02',
      licence: 'MIT',
      url: 'https://github.com/anomalyco/models.dev',
    },
  },
  selections: AZURE_SELECTIONS,
  corrections: [...PRICE_HISTORY, ...SERVICE_TIERS, ...DATA_RESIDENCY, ...AZURE_CORRECTIONS],
  added: [...ADDED_MODELS, ...AZURE_MODELS],
};
