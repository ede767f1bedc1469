import type { Random } from './random.ts';

/** Keys that resemble one another, so that paths match some and miss others. */
const KEYS = [
  'usage',
  'usag',
  'usages',
  'id',
  'a',
  'choices',
  'response',
  'ü',
  '',
  '__proto__',
  'x"y',
  'usage\\',
];
const NUMBERS = ['0', '-0', '12', '-7', '1.5', '1e3', '-2.25E-2', '9007199254740993', '1e999', '0.1e+1'];
const TEXTS = [
  '',
  'stop',
  'usage',
  '"usage":{"a":1}',
  '\\',
  '\\"',
  '{[',
  '}]',
  'é😀',
  '\u2028',
  'a\nb',
  '\u0000',
];

/** The text of a random JSON value: with whitespace, escapes, equal keys and everything else that the grammar has. */
export function randomJson(random: Random, depth: number = 5): string {
  const kind = random.int(depth > 0 ? 10 : 6);
  if (kind < 2) return random.of(NUMBERS);
  if (kind === 2) return random.of(['true', 'false', 'null']);
  if (kind < 6) return randomText(random);
  return kind < 9 ? randomObject(random, depth - 1) : randomArray(random, depth - 1);
}

export function randomObject(random: Random, depth: number = 5): string {
  const fields = Array.from({ length: random.int(6) }, () => {
    const key = spelled(random.of(KEYS), random);
    return `${space(random)}${key}${space(random)}:${space(random)}${randomJson(random, depth)}${space(random)}`;
  });
  return `{${fields.join(',') || space(random)}}`;
}

function randomArray(random: Random, depth: number): string {
  const isOfNumbers = random.once(3);
  const elements = Array.from({ length: random.int(isOfNumbers ? 40 : 5) }, () => {
    const element = isOfNumbers ? random.of(NUMBERS) : randomJson(random, depth);
    return `${space(random)}${element}${space(random)}`;
  });
  return `[${elements.join(',') || space(random)}]`;
}

function randomText(random: Random): string {
  let text = '';
  for (let count = random.int(4); count > 0; count--) text += random.of(TEXTS);
  if (random.once(10)) text += random.of(['x', 'ö', '\\']).repeat(random.int(600)) + random.of(TEXTS);
  return spelled(text, random);
}

/** A string as JSON, some of its characters as escapes although they need none. */
function spelled(text: string, random: Random): string {
  const json = JSON.stringify(text);
  if (!random.once(4)) return json;
  return json.replaceAll(/\\.|[a-z/]/g, (part) => {
    if (part.length > 1 || !random.once(3)) return part;
    const code = part.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${random.once(2) ? code : code.toUpperCase()}`;
  });
}

function space(random: Random): string {
  return random.once(6) ? random.of([' ', '\n', '\r\n', '\t', '   ']) : '';
}

/** Damages a text in up to four places. */
export function mutated(bytes: Buffer, random: Random): Buffer {
  let result = bytes;
  for (let count = 1 + random.int(4); count > 0; count--) {
    const at = random.int(result.length + 1);
    const until = Math.min(result.length, at + random.int(8));
    const inserted = random.of([
      Buffer.from(
        random.of(['{', '}', '[', ']', '"', '\\', ',', ':', ' ', '1', 't', 'null', '"usage":{}', '\u0000']),
      ),
      Buffer.from([random.int(256)]),
      result.subarray(until, until + random.int(12)),
      Buffer.alloc(0),
    ]);
    result = Buffer.concat([result.subarray(0, at), inserted, result.subarray(random.once(2) ? at : until)]);
  }
  return random.once(8) ? result.subarray(0, random.int(result.length + 1)) : result;
}
