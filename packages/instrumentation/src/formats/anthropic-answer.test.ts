import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { WireAnswer, WireRequest } from '../wire-format.ts';
import { AnthropicAnswer } from './anthropic-answer.ts';

const REQUEST: WireRequest = {
  provider: 'anthropic',
  serverAddress: 'api.anthropic.com',
  serverPort: 443,
  pathFields: {},
  bodyFields: {},
};

/** The counts that both events have; `null` and absent mean that nothing changed. */
const counts = fc.record(
  {
    input_tokens: fc.option(fc.nat(1_000_000)),
    cache_read_input_tokens: fc.option(fc.nat(1_000_000)),
    cache_creation_input_tokens: fc.option(fc.nat(1_000_000)),
  },
  { requiredKeys: [] },
);

function answerTo(events: readonly Record<string, unknown>[]): WireAnswer {
  const reader = new AnthropicAnswer({ request: REQUEST, namesModel: true, region: undefined });
  for (const event of events) reader.read(event);
  return reader.answer();
}

function started(usage: object): Record<string, unknown> {
  return { type: 'message_start', message: { type: 'message', id: 'msg_1', model: 'claude-opus-5', usage } };
}

test('what message_delta states takes the place of what message_start did, and the rest stays', () => {
  fc.assert(
    fc.property(counts, fc.array(counts, { maxLength: 3 }), fc.nat(100_000), (start, deltas, output) => {
      const answer = answerTo([
        started({ ...start, output_tokens: 1 }),
        ...deltas.map((usage) => ({
          type: 'message_delta',
          delta: {},
          usage: { ...usage, output_tokens: 7 },
        })),
        { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: output } },
        { type: 'message_stop' },
      ]);
      const last = (name: keyof typeof start): number | undefined =>
        [start, ...deltas].map((usage) => usage[name]).findLast((value) => typeof value === 'number') ??
        undefined;
      const read = last('cache_read_input_tokens') ?? 0;
      const written = last('cache_creation_input_tokens') ?? 0;
      const input = last('input_tokens');
      expect(answer.isUsageFinal).toBe(true);
      expect(answer.usage).toEqual({
        ...(input !== undefined && { input }),
        ...(read > 0 && { cacheRead: read }),
        ...(written > 0 && { cacheWrite: written }),
        output,
      });
    }),
  );
});

test('the output of message_start is never taken for the truth', () => {
  fc.assert(
    fc.property(counts, fc.nat(), fc.nat(), (start, placeholder, thinking) => {
      const usage = {
        ...start,
        output_tokens: placeholder,
        output_tokens_details: { thinking_tokens: thinking },
      };
      const answer = answerTo([
        started(usage),
        { type: 'content_block_start', content_block: { type: 'text' } },
      ]);
      expect(answer.isUsageFinal).toBe(false);
      expect(answer.usage?.output).toBeUndefined();
      expect(answer.usage?.reasoning).toBeUndefined();
    }),
  );
});

test.each([
  ['cyber', 0],
  ['general_harms', 0],
  ['a category of tomorrow', 0],
  [null, 0],
  [undefined, 0],
  ['bio', 412],
  ['frontier_llm', 412],
  ['reasoning_extraction', 412],
])('a refusal before any output, category %o, is billed %i tokens of input', (category, input) => {
  const message = { type: 'message', stop_reason: 'refusal', stop_details: { type: 'refusal', category } };
  const usage = { input_tokens: 412, output_tokens: 5 };
  expect(answerTo([{ ...message, usage }]).usage?.input).toBe(input);
  const midway = { ...message, content: [{ type: 'text' }], usage };
  expect(answerTo([midway]).usage?.input).toBe(412);
  const streamed = [
    started({ input_tokens: 412, output_tokens: 1 }),
    { type: 'message_delta', delta: message, usage: { output_tokens: 5 } },
  ];
  expect(answerTo(streamed).usage?.input).toBe(input);
  const streamedMidway = streamed.toSpliced(1, 0, {
    type: 'content_block_start',
    content_block: { type: 'text' },
  });
  expect(answerTo(streamedMidway).usage?.input).toBe(412);
});
