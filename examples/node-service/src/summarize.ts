import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Feature } from './feature.ts';
import type { ModelClients } from './model-clients.ts';

/** From this length on the summary is sent while it is written. */
const STREAM_FROM_CHARACTERS = 4000;
const OUTPUT_TOKENS_MAX = 4000;
const STYLE_GUIDE = readFileSync(new URL('../prompts/summary-style-guide.md', import.meta.url), 'utf8');

const inputSchema = z.object({
  text: z.string().min(1).max(500_000),
  quality: z.enum(['draft', 'standard', 'best']).default('standard'),
});
type Input = z.infer<typeof inputSchema>;

/** `POST /summarize`: OpenAI for drafts and standard summaries, Anthropic for the best. */
export function summarizeFeature({ openai, anthropic }: ModelClients): Feature<Input> {
  return {
    name: 'summarize',
    path: '/summarize',
    inputSchema,
    answer({ text, quality }) {
      const streamed = text.length >= STREAM_FROM_CHARACTERS;
      if (quality === 'best') return streamed ? streamMessage(text) : createMessage(text);
      const model = quality === 'draft' ? 'gpt-4.1-mini' : 'gpt-5-mini';
      return streamed ? streamCompletion(model, text) : createCompletion(model, text);
    },
  };

  async function createCompletion(model: string, text: string): Promise<object> {
    const completion = await openai.chat.completions.create(completionBody(model, text));
    return { summary: completion.choices[0]?.message.content };
  }

  async function streamCompletion(model: string, text: string): Promise<AsyncIterable<string>> {
    const stream = await openai.chat.completions.create({
      ...completionBody(model, text),
      stream: true,
      stream_options: { include_usage: true },
    });
    return (async function* pieces() {
      for await (const chunk of stream) yield chunk.choices[0]?.delta.content ?? '';
    })();
  }

  async function createMessage(text: string): Promise<object> {
    const message = await anthropic.messages.create(messageBody(text));
    return { summary: message.content.map((block) => (block.type === 'text' ? block.text : '')).join('') };
  }

  async function streamMessage(text: string): Promise<AsyncIterable<string>> {
    const stream = anthropic.messages.stream(messageBody(text));
    return (async function* pieces() {
      for await (const event of stream) {
        if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') yield event.delta.text;
      }
    })();
  }
}

function completionBody(model: string, text: string) {
  return {
    model,
    max_completion_tokens: OUTPUT_TOKENS_MAX,
    messages: [
      { role: 'system' as const, content: STYLE_GUIDE },
      { role: 'user' as const, content: text },
    ],
  };
}

/** The guide stays the same for everybody and is cached for an hour, the text for follow-up questions. */
function messageBody(text: string) {
  return {
    model: 'claude-sonnet-4-6',
    max_tokens: OUTPUT_TOKENS_MAX,
    system: [
      {
        type: 'text' as const,
        text: STYLE_GUIDE,
        cache_control: { type: 'ephemeral' as const, ttl: '1h' as const },
      },
    ],
    messages: [
      {
        role: 'user' as const,
        content: [{ type: 'text' as const, text, cache_control: { type: 'ephemeral' as const } }],
      },
    ],
  };
}
