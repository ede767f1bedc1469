import { embed, embedMany } from 'ai';
import { z } from 'zod';
import type { Feature } from './feature.ts';
import type { ModelClients } from './model-clients.ts';
import { type Article, EMBEDDING_DIMENSIONS, type SupportDatabase } from './support-database.ts';

const EMBEDDING_MODEL = 'text-embedding-3-small';
const ANSWER_MODEL = 'gpt-5-mini';
const ARTICLES_MAX = 6;

const inputSchema = z.object({
  query: z.string().min(1).max(20_000),
  breadth: z.enum(['narrow', 'normal', 'broad']).default('normal'),
});
type Input = z.infer<typeof inputSchema>;

/**
 * `POST /search`: embeds the question, finds the closest articles and answers from them. A narrow search embeds
 * through the AI SDK, a normal one through the `openai` client; a broad one embeds every sentence and streams.
 */
export function searchFeature({ openai, aiSdk }: ModelClients, database: SupportDatabase): Feature<Input> {
  return {
    name: 'search',
    path: '/search',
    inputSchema,
    async answer({ query, breadth }) {
      const vectors = await embedQuery(query, breadth);
      const articles = database.closestArticles(vectors, ARTICLES_MAX);
      const body = answerBody(query, articles);
      const titles = articles.map((article) => article.title);
      if (breadth !== 'broad') {
        const response = await openai.responses.create(body);
        return { answer: response.output_text, articles: titles };
      }
      const stream = await openai.responses.create({ ...body, stream: true });
      return (async function* pieces() {
        for await (const event of stream) {
          if (event.type === 'response.output_text.delta') yield event.delta;
        }
      })();
    },
  };

  async function embedQuery(query: string, breadth: Input['breadth']): Promise<number[][]> {
    if (breadth === 'normal') {
      const { data } = await openai.embeddings.create({
        model: EMBEDDING_MODEL,
        input: query,
        dimensions: EMBEDDING_DIMENSIONS,
      });
      return data.map((item) => item.embedding);
    }
    const settings = {
      model: aiSdk.embedding(EMBEDDING_MODEL),
      providerOptions: { openai: { dimensions: EMBEDDING_DIMENSIONS } },
    };
    if (breadth === 'narrow') return [(await embed({ ...settings, value: query })).embedding];
    const sentences = query.split(/(?<=[.?!])\s+/);
    return (await embedMany({ ...settings, values: sentences })).embeddings;
  }
}

function answerBody(query: string, articles: readonly Article[]) {
  const context = articles.map((article) => `## ${article.title}\n${article.body}`).join('\n\n');
  return {
    model: ANSWER_MODEL,
    instructions: `Answer from these articles only, and name the ones you used.\n\n${context}`,
    input: query,
  };
}
