import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../test/bodies/random.ts';
import { mutated, randomObject } from '../../test/bodies/random-json.ts';
import { openBody, readBody } from '../../test/bodies/read-body.ts';
import { eventsOf, randomEvents, readEvents } from '../../test/bodies/reference-events.ts';

const SSE = 'text/event-stream; charset=utf-8';
const LINES = 'application/x-ndjson';
const PATHS = ['id', 'usage', 'choices.*.finish_reason'];
const KEYS = ['usage', 'finish_reason'];

/** What is read of a text, which has to be the same however it is split. */
function read(text: string, contentType: string = SSE) {
  const body = Buffer.from(text);
  const input = { body, contentType, paths: PATHS, keys: KEYS };
  const whole = readBody(input);
  for (const size of [1, 2, 7]) expect(readBody({ ...input, size })).toEqual(whole);
  return whole;
}

function documents(text: string, contentType?: string): unknown[] {
  const { events, failures } = read(text, contentType);
  expect(failures).toEqual([]);
  return events.map(({ document }) => document);
}

describe('server-sent events', () => {
  it('reads the first event, and those that hold a key with a value', () => {
    expect(
      documents(
        [
          'data: {"id":"1","choices":[{"finish_reason":null}],"usage":null}',
          'data: {"id":"2","choices":[{"finish_reason":null}],"usage":null}',
          'data: {"id":"3","choices":[{"delta":{"content":"\\"usage\\":{}"},"finish_reason": null}]}',
          'data: {"id":"4","choices":[{"finish_reason":"stop"}],"usage" : null}',
          'data: {"id":"5","choices":[],"usage":{"prompt_tokens":7}}',
          'data: {"id":"6","usages":{},"xusage":1}',
          'data: [DONE]',
          '',
        ].join('\n\n'),
      ),
    ).toEqual([
      { id: '1', choices: [{ finish_reason: null }], usage: null },
      { id: '4', choices: [{ finish_reason: 'stop' }], usage: null },
      { id: '5', usage: { prompt_tokens: 7 } },
    ]);
  });

  it('names an event after its own line, before or after the data', () => {
    expect(read('event: a\ndata: {}\n\ndata:{"usage":1}\nevent:b\n\ndata: {"usage":2}\n\n').events).toEqual([
      { document: {}, name: 'a' },
      { document: { usage: 1 }, name: 'b' },
      { document: { usage: 2 }, name: undefined },
    ]);
    expect(read(`event: ${'x'.repeat(65)}\ndata: {}\n\n`).events).toEqual([
      { document: {}, name: undefined },
    ]);
  });

  it('joins lines of data, within which a key may be apart from its value', () => {
    expect(documents('data: {}\n\ndata: {"id":1,"usage"\ndata: :\ndata: \ndata:2}\n\n')).toEqual([
      {},
      { id: 1, usage: 2 },
    ]);
  });

  it.each([
    ['CR', '\r'],
    ['CRLF', '\r\n'],
    ['LF', '\n'],
  ])('takes %s as the end of a line', (_name, end) => {
    const text = [
      '\uFEFFdata: {"id":1}',
      '',
      ': comment',
      '',
      'data: {"usage":2}',
      '',
      'data:{"usage":3}',
    ].join(end);
    expect(documents(text)).toEqual([{ id: 1 }, { usage: 2 }, { usage: 3 }]);
  });

  it('ignores what is no JSON object', () => {
    expect(
      documents('data: hello\n\ndata\n\ndata:\n\ndata: 1\n\ndata: "usage"\n\ndata: {"id":1}\n\n'),
    ).toEqual([{ id: 1 }]);
  });

  it('fails at an event that is malformed, and reads no further', () => {
    const { events, failures } = read('data: {"id":1}\n\ndata: {"usage":}\n\ndata: {"usage":1}\n\n');
    expect(events).toEqual([{ document: { id: 1 }, name: undefined }]);
    expect(failures).toEqual(['malformed_body']);
  });

  it('leaves out a last event that is cut short', () => {
    expect(documents('data: {"id":1}\n\ndata: {"id":2,"usage":{"prompt_tok')).toEqual([{ id: 1 }]);
  });

  it.each([32_732, 32_761, 32_762, 32_763, 32_767, 32_768, 32_769, 32_782, 200_000])(
    'reads an event of %i bytes, one beyond 32 KiB whatever its keys',
    (bytes) => {
      const rest = '{"id":1,"text":""}'.length;
      const long = `{"id":1,"text":"${'x'.repeat(bytes - rest)}"}`;
      const end = '\n\ndata: {"usage":2}\n\n';
      const expected = bytes > 32_768 ? [{}, { id: 1 }, { usage: 2 }] : [{}, { usage: 2 }];
      for (const [begin, stop] of [
        ['data: ', end],
        ['data:', end],
        ['event: e\r\ndata: ', end.replaceAll('\n', '\r\n')],
        ['data: {\ndata: ', end],
      ] as const) {
        const isJoined = begin.includes('{');
        const text = `data: {}\n\n${begin}${isJoined ? `${long.slice(1, -2)}"}` : long}${stop}`;
        const length = isJoined ? bytes + 1 : bytes;
        const body = Buffer.from(text);
        for (const size of [7, 4096, 32_768, 'whole'] as const) {
          const { events, failures } = readBody({ body, contentType: SSE, paths: PATHS, keys: KEYS, size });
          expect(failures).toEqual([]);
          expect(events.map(({ document }) => document)).toEqual(
            length > 32_768 ? [{}, { id: 1 }, { usage: 2 }] : expected,
          );
        }
      }
    },
  );

  it('drops long lines that are no data', () => {
    const long = 'x'.repeat(80_000);
    expect(documents(`:${long}\nevent: ${long}\nid: ${long}\n${long}\ndata: {"id":1}\n\n`)).toEqual([
      { id: 1 },
    ]);
  });

  it('tells of the first event as soon as it can be told from a comment', () => {
    const { reader, result } = openBody({ contentType: SSE, paths: PATHS });
    for (const [text, firstEvents] of [
      [': pi', 0],
      ['ng\n\n:\r\n\r\n', 0],
      ['event', 0],
      [':', 1],
      [' x\ndata: {}\n\ndata: {}\n\n', 1],
    ] as const) {
      reader?.push(Buffer.from(text));
      expect(result.firstEvents).toBe(firstEvents);
    }
  });

  it('hands on an event at its blank line, whatever follows', () => {
    const { reader, result } = openBody({ contentType: SSE, paths: PATHS });
    reader?.push(Buffer.from('data: {"id":1}\n'));
    expect(result.events).toEqual([]);
    reader?.push(Buffer.from('\ndata: {'));
    expect(result.events).toEqual([{ document: { id: 1 }, name: undefined }]);
  });

  it('reads what the standard says', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = randomFrom(seed);
        for (let count = 0; count < 20; count++) {
          const text = randomEvents(random, () => randomObject(random, 3));
          const keys = ['usage', 'id', 'choices'].filter(() => !random.once(2));
          const paths = ['usage', 'id', 'choices.*.id', 'a'];
          const expected = { events: readEvents(eventsOf(text), paths, keys), failures: [] };
          const { events, failures } = readBody({
            body: Buffer.from(text),
            contentType: SSE,
            paths,
            keys,
            size: random,
          });
          if (isDeepStrictEqual({ events, failures }, expected)) continue;
          expect({ text, keys, events, failures }).toEqual({ text, keys, ...expected });
        }
      }),
      { numRuns: 250 },
    );
  });
});

describe('lines of JSON', () => {
  it('reads each line as a document', () => {
    const text = '{"id":1}\r\n\n{"id":2}\n{"id":3,"usage":{"a":1}}\n{"usage":[1]}';
    expect(documents(text, LINES)).toEqual([{ id: 1 }, { id: 3, usage: { a: 1 } }, { usage: [1] }]);
    expect(read(text, LINES).firstEvents).toBe(1);
  });

  it('reads a JSON text sequence', () => {
    expect(documents('\u001E{"id":1}\n\u001E{"usage":2}\n', 'application/json-seq')).toEqual([
      { id: 1 },
      { usage: 2 },
    ]);
  });

  it('reads lines of more than 32 KiB', () => {
    const long = `{"text":"${'x'.repeat(100_000)}","id":1}`;
    expect(documents(`{}\n${long}\n\u001E${long}\n{"usage":3}`, LINES)).toEqual([
      {},
      { id: 1 },
      { id: 1 },
      { usage: 3 },
    ]);
  });
});

describe.each([SSE, LINES])('%s', (contentType) => {
  it('reads damaged bytes alike however they are split, and never throws', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = randomFrom(seed);
        for (let count = 0; count < 20; count++) {
          const text = randomEvents(random, () => randomObject(random, 3));
          const body = mutated(Buffer.from(text), random);
          const input = { body, contentType, paths: ['usage', 'id', 'a'], keys: ['usage'] };
          expect(readBody({ ...input, size: random })).toEqual(readBody(input));
        }
      }),
      { numRuns: 100 },
    );
  });
});
