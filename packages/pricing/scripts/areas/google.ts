import type { PeriodData } from '../../src/index.ts';
import { type Correction, names } from '../correction.ts';
import type { EntryDraft } from '../genai-entries.ts';
import type { ProviderSelection } from '../provider-selections.ts';
import { completeGemini } from './google/complete-gemini.ts';
import {
  ADDED_GEMINI_API_RATES,
  ADDED_GEMINI_RATES,
  ADDED_VERTEX_GEMINI_RATES,
  GEMINI_4_RATES,
  GEMINI_API_RATES,
  GEMINI_RATES,
  MOVING_NAMES,
  VERTEX_GEMINI_RATES,
} from './google/gemini-rates.ts';
import { GEMINI_API_MEDIA, VERTEX_MEDIA } from './google/media-rates.ts';
import { ADDED_CLAUDE, CLAUDE_CORRECTIONS, completeAddedClaude, FABLE_5_2 } from './google/vertex-claude.ts';
import { VERTEX_EMBEDDINGS, VERTEX_OPEN_MODELS } from './google/vertex-host-rates.ts';
import { tierAtFactor } from './period-edits.ts';
import type { PriceArea } from './price-area.ts';
import { readRateTable } from './rate-table.ts';

const GEMINI_API = {
  provider: 'gcp.gemini',
  source: 'google-price-pages',
  sourceUrl: 'https://ai.google.dev/gemini-api/docs/pricing',
  checked: '2026-10-07',
};
const VERTEX_AI = {
  provider: 'gcp.vertex_ai',
  source: 'google-price-pages',
  sourceUrl: 'https://cloud.google.com/vertex-ai/generative-ai/pricing',
  checked: '2026-10-01',
};
const PROVIDERS = [GEMINI_API.provider, VERTEX_AI.provider];
const VERTEX_CATALOGUES = { ...VERTEX_AI, source: 'portkey-models-google', checked: '2026-08-21' };

/** Gemini at the Gemini API's price on Vertex AI too, by Vertex AI's own page of August and October 2026. */
const ALSO_ON_VERTEX: ReadonlySet<string> = new Set([
  'gemini-2.5-flash-image',
  'gemini-3-pro-image-preview',
  'gemini-3.6-flash',
  'gemini-3.7-flash',
  'gemini-3.8-flash',
  'gemini-live-2.5-flash',
  'gemini-omni-flash-preview',
]);
const OTHERWISE_ON_VERTEX: ReadonlySet<string> = new Set([
  'gemini-3.1-flash-live-preview',
  'gemini-2.5-flash-image',
  'gemini-3-pro-image-preview',
]);

const selections: readonly ProviderSelection[] = [
  {
    source: 'google',
    provider: VERTEX_AI.provider,
    page: VERTEX_AI.sourceUrl,
    takes: (id) => ALSO_ON_VERTEX.has(id),
  },
];

/** The day on which the source vouches for its prices. */
const SOURCE_DAY = '2026-09-23';

const inForce = (periods: readonly PeriodData[], day: string): PeriodData | undefined =>
  periods.find(({ from, until }) => (from ?? '') <= day && (until === undefined || day < until));

/** Two readers of the same page: what the source states has to be what the table has. */
function assertStatedBySource(entry: EntryDraft, periods: readonly PeriodData[]): void {
  for (const { from, rates, until } of entry.periods) {
    const day = from ?? SOURCE_DAY;
    if (until !== undefined && until <= day) continue;
    const ours = inForce(periods, day)?.rates ?? {};
    for (const [bucket, { decimal }] of Object.entries(rates)) {
      const own = ours[bucket as keyof typeof ours]?.decimal;
      if (own === undefined || Number(own) !== Number(decimal))
        throw new Error(
          `${entry.provider}/${entry.model} on ${day}: ${bucket} is ${decimal} in the source, ${own} in the table`,
        );
    }
  }
}

/** The history of a table in place of what the source has, with tiers, modalities and fees. */
const listed = (
  table: string,
  shared: typeof GEMINI_API,
  takes: (model: string) => boolean = () => true,
): Correction[] =>
  readRateTable(table, shared)
    .filter(({ model }) => takes(model))
    .map((draft) => ({
      entry: `${draft.provider}/${draft.model}`,
      apply: (entry): void => {
        assertStatedBySource(entry, draft.periods);
        entry.periods = draft.periods;
        // Notes of a history that the source lacks are no longer true of this one.
        delete entry.notes;
        completeGemini(entry);
      },
    }));

/** Models whose previews and dated versions have names that no list spells out. */
const LATER_SNAPSHOTS = /^gemini-\d\.\d-(?:pro|flash)$/;

const added = (table: string, shared: typeof GEMINI_API): EntryDraft[] =>
  readRateTable(table, shared).map((entry) => {
    completeGemini(entry);
    return LATER_SNAPSHOTS.test(entry.model) ? { ...entry, prefixes: [entry.model] } : entry;
  });

/** `by option` in a table of media is a price that only the options of a call tell. */
const media = (table: string, shared: typeof GEMINI_API): EntryDraft[] =>
  readRateTable(table.replaceAll('by option', 'requests 0/1'), shared).map((entry) => ({
    ...entry,
    periods: entry.periods.map((period) =>
      period.rates.requests?.decimal === '0' ? { ...period, rates: {} } : period,
    ),
  }));

const FREE_MODELS =
  'gemma-3-1b-it, gemma-3-4b-it, gemma-3-12b-it, gemma-3-27b-it, gemma-3n-e2b-it, gemma-3n-e4b-it, text-embedding-004, embedding-001, gemini-embedding-exp-03-07, gemini-2.5-pro-exp-03-25, gemini-2.0-pro-exp-02-05, gemini-exp-1206, gemini-exp-1121, gemini-exp-1114, learnlm-1.5-pro-experimental, learnlm-2.0-flash-experimental';
const free = FREE_MODELS.split(', ').map((model): EntryDraft => ({
  ...GEMINI_API,
  model,
  notes: ['Free of charge on the Gemini API, with no paid tier.'],
  periods: [{ rates: { input: { decimal: '0', per: 1_000_000 }, output: { decimal: '0', per: 1_000_000 } } }],
}));

const moving = added(MOVING_NAMES, GEMINI_API).map((entry): EntryDraft => ({
  ...entry,
  approximate:
    'The name moves on with each release: priced as the model that catalogues had for it at that time.',
}));

/** Vertex AI's batch price of its embeddings is no half: 0.15 becomes 0.12. */
const embeddings: readonly Correction[] = [
  { entry: 'gcp.gemini/gemini-embedding-001', apply: tierAtFactor('batch', '0.5') },
  { entry: 'gcp.gemini/gemini-embedding-2', apply: tierAtFactor('batch', '0.5') },
  { entry: 'gcp.vertex_ai/gemini-embedding-001', apply: tierAtFactor('batch', '0.8') },
  ...PROVIDERS.map((provider) => ({
    entry: `${provider}/gemini-embedding-2`,
    apply: names('gemini-embedding-2-preview'),
  })),
];

/** Names of real calls beyond those that the source spells out. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  'gemini-1.5-flash': ['gemini-flash-1.5'],
  'gemini-flash-1.5-8b': ['gemini-1.5-flash-8b-latest'],
  'gemini-1.5-pro': ['gemini-pro-1.5'],
  'gemini-3.1-pro-preview': ['gemini-3.1-pro', 'gemini-3.1-pro-preview-customtools'],
  'gemini-3-pro-preview': ['gemini-3-pro'],
  'gemini-3-flash-preview': ['gemini-3-flash'],
  'gemini-live-2.5-flash': [
    'gemini-live-2.5-flash-native-audio',
    'gemini-live-2.5-flash-preview-native-audio',
    'gemini-live-2.5-flash-preview-native-audio-09-2025',
    'gemini-2.5-flash-preview-native-audio-dialog',
    'gemini-2.5-flash-exp-native-audio-thinking-dialog',
    'gemini-2.5-flash-native-audio',
  ],
};
const aliases: readonly Correction[] = Object.entries(OTHER_NAMES).flatMap(([model, others]) =>
  PROVIDERS.filter((provider) => provider === 'gcp.gemini' || !model.includes('1.5')).map((provider) => ({
    entry: `${provider}/${model}`,
    apply: names(...others),
  })),
);

const notes: readonly Correction[] = PROVIDERS.flatMap((provider) => [
  ...['gemini-2.5-pro', 'gemini-2.5-flash', 'gemini-2.5-flash-lite'].map((model) => ({
    entry: `${provider}/${model}`,
    note: 'Cached input fell to a tenth of input between September and 8 October 2025: the first of October is assumed.',
  })),
  {
    entry: `${provider}/gemini-2.5-flash-preview`,
    note: 'With thinking on, all output cost more (3.50), which usage does not tell: a call that reports reasoning has no price.',
  },
]);

/** Prices of the Gemini API and Vertex AI. */
export const google: PriceArea = {
  sources: {
    'google-price-pages': {
      name: 'Price pages of the Gemini API and of Vertex AI',
      version: '2026-11-12',
      licence: 'public prices',
      url: GEMINI_API.sourceUrl,
    },
    'portkey-models-google': {
      name: 'Portkey-AI/models',
      version: '2026-08-21',
      licence: 'MIT',
      url: 'https://github.com/Portkey-AI/models',
    },
  },
  selections,
  leftOut: new Map([
    ['gcp.gemini/gemini-flash-1.5', 'is another name of gemini-1.5-flash'],
    ['gcp.gemini/gemini-pro-1.5', 'is another name of gemini-1.5-pro'],
    ['gcp.gemini/gemini-pro', "has Vertex AI's price for a million characters in the source"],
    ['gcp.gemini/gemini-1.0-pro-vision-001', "has Vertex AI's price for a million characters in the source"],
  ]),
  corrections: [
    ...listed(GEMINI_RATES, GEMINI_API),
    ...listed(GEMINI_RATES, VERTEX_AI, (model) => !OTHERWISE_ON_VERTEX.has(model)),
    ...listed(GEMINI_API_RATES, GEMINI_API),
    ...listed(VERTEX_GEMINI_RATES, VERTEX_AI),
    ...embeddings,
    ...aliases,
    ...CLAUDE_CORRECTIONS,
    ...notes,
  ],
  added: [
    ...added(ADDED_GEMINI_RATES, GEMINI_API),
    ...added(ADDED_GEMINI_RATES, VERTEX_AI),
    ...added(ADDED_GEMINI_API_RATES, GEMINI_API),
    ...added(GEMINI_4_RATES, { ...GEMINI_API, checked: '2026-11-11' }),
    ...added(ADDED_VERTEX_GEMINI_RATES, VERTEX_AI),
    ...media(GEMINI_API_MEDIA, GEMINI_API),
    ...media(VERTEX_MEDIA, VERTEX_AI),
    ...moving,
    ...free,
    ...readRateTable(VERTEX_OPEN_MODELS, VERTEX_CATALOGUES),
    ...readRateTable(VERTEX_EMBEDDINGS, VERTEX_CATALOGUES),
    ...readRateTable(ADDED_CLAUDE, VERTEX_AI).map(completeAddedClaude),
    ...readRateTable(FABLE_5_2, { ...VERTEX_AI, checked: '2026-11-12' }).map(completeAddedClaude),
  ],
};
