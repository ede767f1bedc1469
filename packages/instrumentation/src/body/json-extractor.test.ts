import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunksOf, type Random, randomFrom } from '../../test/bodies/random.ts';
import { mutated, randomJson, randomObject } from '../../test/bodies/random-json.ts';
import { picked, readLeniently } from '../../test/bodies/reference-json.ts';
import { compileFields } from './field-tree.ts';
import { JsonExtractor } from './json-extractor.ts';

function extract(
  input: string | Uint8Array,
  paths: readonly string[],
  size: number | 'whole' | Random = 'whole',
) {
  const documents: unknown[] = [];
  const extractor = new JsonExtractor(compileFields(paths), (document) => documents.push(document));
  for (const chunk of chunksOf(Buffer.from(input), size)) {
    extractor.push(chunk);
    chunk.fill(0x22);
  }
  return { documents, isWellFormed: extractor.end() };
}

/** The documents of an input that is well-formed, and is read equally whatever its chunks are. */
function documentsOf(input: string, paths: readonly string[]): unknown[] {
  const whole = extract(input, paths);
  expect(whole.isWellFormed).toBe(true);
  expect(extract(input, paths, 1)).toEqual(whole);
  return whole.documents;
}

describe('JsonExtractor', () => {
  it('takes the values of exact paths alone', () => {
    const input = JSON.stringify({
      id: 'a',
      choices: [{ message: { tool_calls: [{ usage: { input: 9 } }], id: 'no' }, finish_reason: 'stop' }],
      content: '{"usage":{"input":8}}',
      nested: { usage: { input: 7 } },
      usage: { input: 1, details: { cached: [2, 3] } },
    });
    expect(documentsOf(input, ['id', 'usage', 'choices.*.finish_reason'])).toEqual([
      { id: 'a', choices: [{ finish_reason: 'stop' }], usage: { input: 1, details: { cached: [2, 3] } } },
    ]);
  });

  it.each([
    ['{"a":{"b":1}}', ['a.b'], [{ a: { b: 1 } }]],
    ['{"a":{"c":1}}', ['a.b'], [{}]],
    ['{"a":[{"b":1},{},2,{"b":null}]}', ['a.*.b'], [{ a: [{ b: 1 }, { b: null }] }]],
    ['{"a":{"b":1}}', ['a.*.b'], [{}]],
    ['{"a":[{"b":1}]}', ['a.b'], [{}]],
    ['{"a":[[{"b":1}]]}', ['a.*.*.b'], [{ a: [[{ b: 1 }]] }]],
    ['{"a":[1,"x",[2]]}', ['a.*'], [{ a: [1, 'x', [2]] }]],
    ['{"a":1}', ['a', 'a.b'], [{ a: 1 }]],
    ['{"a":{},"b":[]}', ['a', 'b'], [{ a: {}, b: [] }]],
  ])('%s by %j is %j', (input, paths, documents) => {
    expect(documentsOf(input, paths)).toEqual(documents);
  });

  it('compares keys as they read, not as they are written', () => {
    expect(documentsOf(String.raw`{"us\u0061ge":1,"\u0075\u0073\u0061\u0067\u0065x":2}`, ['usage'])).toEqual([
      { usage: 1 },
    ]);
    expect(documentsOf(String.raw`{"usage\u0000":1,"usage\\":2,"\"usage\"":3,"usag":4}`, ['usage'])).toEqual([
      {},
    ]);
    expect(documentsOf('{"größe":1}', ['größe'])).toEqual([{ größe: 1 }]);
  });

  it('lets the last of equal keys win', () => {
    expect(documentsOf('{"a":{"b":1},"a":{"c":2}}', ['a.b', 'a.c'])).toEqual([{ a: { c: 2 } }]);
    expect(documentsOf('{"a":{"b":1},"a":3}', ['a.b'])).toEqual([{}]);
    expect(documentsOf(`{"a":1,"a":"${'x'.repeat(300)}"}`, ['a'])).toEqual([{}]);
  });

  it('reads documents one after the other, and those of an array', () => {
    expect(documentsOf(' {"a":1}{"a":2}\n\t{"a":3} ', ['a'])).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
    expect(documentsOf('[{"a":1}\n,\r\n{"a":2},[{"a":3}],4]', ['*.a'])).toEqual([{ a: 1 }, { a: 2 }]);
    expect(documentsOf('[]', ['a'])).toEqual([]);
    expect(documentsOf('"text" 12 null', ['a'])).toEqual([]);
    expect(documentsOf('', ['a'])).toEqual([]);
  });

  it('hands on a document of an array as soon as it is closed', () => {
    const documents: unknown[] = [];
    const extractor = new JsonExtractor(compileFields(['a']), (document) => documents.push(document));
    extractor.push(Buffer.from('[{"a":1}'));
    expect(documents).toEqual([{ a: 1 }]);
  });

  it('leaves out what is too long or too deep', () => {
    const [short, long] = ['x'.repeat(256), 'x'.repeat(257)];
    const input = JSON.stringify({
      a: short,
      b: long,
      c: { d: long, e: [1, long, 2] },
      f: nested(16),
      g: nested(17),
    });
    expect(documentsOf(input, ['a', 'b', 'c', 'f', 'g'])).toEqual([
      { a: short, c: { e: [1, 2] }, f: nested(16), g: nested(16, []) },
    ]);
  });

  it('takes a value of 16 KiB, and 32 KiB in all', () => {
    const ofBytes = (bytes: number) => `[${'1'.repeat(100)}${',12345678'.repeat((bytes - 102) / 9)}]`;
    const [most, over] = [102 + 9 * 1809, 102 + 9 * 1810];
    expect([most, over]).toEqual([16_383, 16_392]);
    const input = `{"a":${ofBytes(most)},"b":${ofBytes(over)},"c":${ofBytes(most - 900)},"d":${ofBytes(most)},"e":1}`;
    const [document] = documentsOf(input, ['a', 'b', 'c', 'd', 'e']) as [object];
    expect(Object.keys(document)).toEqual(['a', 'c', 'e']);
  });

  it('bounds what it takes of the elements of an array', () => {
    const elements = Array.from({ length: 5000 }, (_each, index) => ({ index }));
    const [document] = documentsOf(JSON.stringify({ elements, id: 1 }), ['elements.*.index', 'id']) as [
      { elements: []; id: number },
    ];
    expect(document.id).toBe(1);
    expect(document.elements.length).toBeGreaterThan(300);
    expect(document.elements.length).toBeLessThan(1000);
  });

  it.each(['"', '\\', '\\"', '"\\', '\\\\"', '"]}'])(
    'passes over %s after long texts and numbers',
    (text) => {
      const skipped = [
        `${'x'.repeat(200)}${text}`,
        `${text}${'y'.repeat(63)}${text}`,
        Array(50).fill(0.125),
        [text],
      ];
      const input = JSON.stringify({ skipped, nested: { skipped, a: 2 }, a: 1 });
      expect(documentsOf(input, ['a'])).toEqual([{ a: 1 }]);
    },
  );

  it('finds what it looks for anew in a chunk that is used again', () => {
    const documents: unknown[] = [];
    const extractor = new JsonExtractor(compileFields(['a']), (document) => documents.push(document));
    const chunk = Buffer.alloc(300, ' ');
    for (const part of ['{"b":[1', `${',1'.repeat(120)}]`, ',"a":2}', `{"b":[${'1,'.repeat(100)}1],"a":3}`]) {
      chunk.fill(' ').write(part);
      extractor.push(chunk);
    }
    expect(documents).toEqual([{ a: 2 }, { a: 3 }]);
  });

  it('counts 10,000 levels of what it passes over, and no more', () => {
    const deep = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)},"b":1}`;
    expect(documentsOf(deep(10_000), ['b'])).toEqual([{ b: 1 }]);
    expect(extract(deep(10_001), ['b']).isWellFormed).toBe(false);
  });

  it.each([
    '{',
    '{"a"',
    '{"a":}',
    '{"a":1,}',
    '{"a":1 "b":2}',
    '{"a":1]',
    '{a:1}',
    '{,}',
    '[1,]',
    '[,1]',
    '{"a":[}',
    '}',
    '{"a":"',
    '{"a":01}',
    '{"a":tru}',
    String.raw`{"a":"\x"}`,
    '{"a":{"b":}}',
    '<html>',
    'data: {}',
  ])('%s is malformed', (input) => {
    expect(extract(input, ['a'])).toEqual({ documents: [], isWellFormed: false });
    expect(extract(input, ['a'], 1)).toEqual({ documents: [], isWellFormed: false });
  });

  it('ignores what follows malformed bytes', () => {
    expect(extract('{"a":1}}{"a":2}', ['a'])).toEqual({ documents: [{ a: 1 }], isWellFormed: false });
  });

  const PATHS = [
    'usage',
    'id',
    'choices.*.id',
    'choices.*.usage.a',
    'response.usage',
    'a.a.a',
    'ü.*',
    'a.*.*.id',
  ];

  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = randomFrom(seed);
        for (let count = 0; count < 50; count++) {
          const paths = PATHS.filter(() => !random.once(3));
          const texts = Array.from({ length: 1 + random.int(3) }, () => randomObject(random));
          const expected = texts.map((text) => picked(JSON.parse(text), paths) ?? {});
          const isListed = random.once(3);
          const input = Buffer.from(isListed ? `[${texts.join(' ,')}]` : texts.join(''));
          const read = extract(input, paths, random);
          if (!isDeepStrictEqual(read, { documents: expected, isWellFormed: true })) {
            expect({ input: input.toString(), paths, ...read }).toEqual({ documents: expected });
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('reads damaged bytes by its grammar, and no more than JSON.parse would', () => {
    let wellFormed = 0;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = randomFrom(seed);
        for (let count = 0; count < 50; count++) {
          const paths = PATHS.filter(() => !random.once(3));
          const input = mutated(
            Buffer.from(random.once(4) ? randomJson(random) : randomObject(random)),
            random,
          );
          const read = extract(input, paths, random);
          const expected = readLeniently(input, paths);
          if (!isDeepStrictEqual(read, expected))
            expect({ input: input.toString(), paths, ...read }).toEqual(expected);
          const parsed = parse(input.toString());
          if (parsed === undefined || input[0] !== 0x7b) continue;
          wellFormed++;
          expect(read).toEqual({ documents: [picked(parsed, paths) ?? {}], isWellFormed: true });
        }
      }),
      { numRuns: 200 },
    );
    expect(wellFormed).toBeGreaterThan(1000);
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const input = Buffer.from(bytes);
        expect(extract(input, PATHS, 3)).toEqual(readLeniently(input, PATHS));
      }),
      { numRuns: 2000 },
    );
  });
});

function nested(levels: number, innermost: unknown = [1]): unknown {
  return levels <= 1 ? innermost : [nested(levels - 1, innermost)];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
