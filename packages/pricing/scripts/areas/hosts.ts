import type { PriceSource } from '../../src/index.ts';
import type { Correction } from '../correction.ts';
import { readGenaiSource } from '../genai-source.ts';
import type { ProviderSelection } from '../provider-selections.ts';
import { added as cataloguedHosts } from './hosts/catalogued-hosts.ts';
import * as cerebras from './hosts/cerebras.ts';
import * as fireworks from './hosts/fireworks.ts';
import * as groq from './hosts/groq.ts';
import * as openrouter from './hosts/openrouter.ts';
import * as together from './hosts/together.ts';
import type { PriceArea } from './price-area.ts';

/** Hosts whose models the source lists with the host's own prices, under the source's id of the host. */
const HOSTS = [
  'avian',
  'baseten',
  'cloudflare',
  'doubleword',
  'huggingface_cerebras',
  'huggingface_fireworks-ai',
  'huggingface_groq',
  'huggingface_hyperbolic',
  'huggingface_nebius',
  'huggingface_novita',
  'huggingface_nscale',
  'huggingface_ovhcloud',
  'huggingface_publicai',
  'huggingface_sambanova',
  'huggingface_together',
  'modal',
  'novita',
  'ovhcloud',
  'quicksilverpro',
] as const;

const selections: readonly ProviderSelection[] = HOSTS.map((host) => ({
  source: host,
  provider: host,
  takes: () => true,
}));

const SOURCES: Readonly<Record<string, PriceSource>> = {
  'models.dev': {
    name: 'anomalyco/models.dev',
    version: 'f3fc69229967 (2026-07-02) and its history since 2025-06',
    licence: 'MIT',
    url: 'https://github.com/anomalyco/models.dev',
  },
  'portkey-models': {
    name: 'Portkey-AI/models',
    version: 'f654307ec968 (2026-08-21)',
    licence: 'MIT',
    url: 'https://github.com/Portkey-AI/models',
  },
  litellm: {
    name: 'LiteLLM model prices, as kept by AgentOps-AI/tokencost',
    version: '59042a1 (2025-09-01) and its history since 2024-01',
    licence: 'MIT',
    url: 'https://github.com/BerriAI/litellm',
  },
  'fireworks-pricing': {
    name: "Fireworks AI's serverless price list",
    version: 'copies of summer 2026 and of after 2026-09-10',
    licence: 'facts',
    url: 'https://docs.fireworks.ai/serverless/pricing',
  },
  'openrouter-docs': {
    name: "OpenRouter's documentation",
    version: '2026-10-31',
    licence: 'facts',
    url: 'https://openrouter.ai/docs',
  },
};

/** The source's models of a provider, and those added here. */
const source = await readGenaiSource();
const modelsOf = (provider: string, added: readonly { model: string }[]): string[] => {
  const listed = (source.providers.get(provider)?.models ?? []).map(({ id }) => id.toLowerCase());
  return [...new Set([...listed, ...added.map(({ model }) => model)])];
};

const corrections: readonly Correction[] = [
  ...groq.correctionsOf(modelsOf('groq', groq.added)),
  ...cerebras.corrections,
  ...together.corrections,
  ...fireworks.corrections,
  ...fireworks.batchOf(modelsOf('fireworks', fireworks.added)),
  ...openrouter.corrections,
  ...openrouter.vendorHistory,
  {
    entry: 'huggingface_together/qwen/qwen3-vl-8b-instruct',
    apply: (entry) => {
      entry.periods = entry.periods.map((period) => ({
        ...period,
        rates: { ...period.rates, input: { decimal: '0.18', per: 1_000_000 } },
      }));
    },
  },
];

/** Prices of hosts of others' models. */
export const hosts: PriceArea = {
  sources: SOURCES,
  selections: [openrouter.selection, ...selections],
  corrections,
  added: [
    ...groq.added,
    ...cerebras.added,
    ...together.added,
    ...fireworks.added,
    ...openrouter.added,
    ...cataloguedHosts,
  ],
};
