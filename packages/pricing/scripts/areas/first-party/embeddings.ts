import type { EntryDraft } from '../../genai-entries.ts';
import { tierAtFactor } from '../period-edits.ts';
import { readRateTable } from '../rate-table.ts';

export const EMBEDDING_SOURCES = {
  'voyage-docs': {
    name: "Voyage AI's pricing page, compared with LiteLLM and genai-prices",
    version: '2026-08-21',
    licence: 'facts',
    url: 'https://docs.voyageai.com/docs/pricing',
  },
  jina: {
    name: 'Portkey-AI/models',
    version: '2026-08-21',
    licence: 'MIT',
    url: 'https://github.com/Portkey-AI/models',
  },
} as const;

const VOYAGE = readRateTable(
  `
voyage-4-large; voyage-context-4; voyage-code-4 | | input 0.12
voyage-4                   | | input 0.06
voyage-4-lite              | | input 0.02
voyage-3.5                 | | input 0.06
voyage-3.5-lite            | | input 0.02
voyage-3-large; voyage-code-3; voyage-context-3 | | input 0.18
voyage-3                   | | input 0.06
voyage-3-lite              | | input 0.02
voyage-multimodal-3; voyage-multimodal-3.5 | | input 0.12 | note: Images are billed by their pixels, which usage does not tell.
voyage-finance-2; voyage-law-2; voyage-code-2; voyage-large-2; voyage-large-2-instruct; voyage-multilingual-2 | | input 0.12
voyage-2; voyage-02; voyage-01; voyage-lite-01; voyage-lite-01-instruct; voyage-lite-02-instruct | | input 0.1
rerank-2.5; rerank-2; rerank-1 | | input 0.05
rerank-2.5-lite; rerank-2-lite; rerank-lite-1 | | input 0.02
`,
  {
    provider: 'voyageai',
    source: 'voyage-docs',
    sourceUrl: 'https://docs.voyageai.com/docs/pricing',
    checked: '2026-08-21',
  },
);

/** The Batch API takes 33 % off embeddings. */
for (const entry of VOYAGE) if (/^voyage-[34]/.test(entry.model)) tierAtFactor('batch', '0.67')(entry);

const JINA = readRateTable(
  `
jina-embeddings-v2-base-en; jina-embeddings-v2-base-code; jina-embeddings-v2-base-zh; jina-embeddings-v2-base-de; jina-embeddings-v2-base-es | | input 0.02
jina-colbert-v1-en; jina-colbert-v2; jina-reranker-v1-base-en; jina-reranker-v2-base-multilingual | | input 0.02
jina-reranker-v3           | | input 0.05
`,
  { provider: 'jina', source: 'jina', sourceUrl: 'https://jina.ai/embeddings/', checked: '2026-08-21' },
);

export const EMBEDDING_ENTRIES: readonly EntryDraft[] = [...VOYAGE, ...JINA];
