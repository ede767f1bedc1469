import { constants, crc32, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';

/** Something that a client may send by accident or in order to do harm. */
export interface HostileInput {
  readonly what: string;
  readonly status: 200 | 400 | 413 | 415;
  readonly type: 'application/x-protobuf' | 'application/json';
  readonly encoding?: string;
  readonly body: () => Uint8Array;
}

/** A text that no answer and no log may repeat. */
export const HOSTILE_CANARY = 'canary-71b0e2';

const MEBIBYTE = 1024 * 1024;
const WHOLE = 64 * MEBIBYTE;

/* Protobuf */

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.of(...bytes, rest);
}

const field = (number: number, ...content: Uint8Array[]): Buffer => {
  const length = content.reduce((sum, each) => sum + each.length, 0);
  return Buffer.concat([varint(number * 8 + 2), varint(length), ...content]);
};
const textField = (number: number, text: string): Buffer => field(number, Buffer.from(text));
const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');
const repeated = (piece: Uint8Array | string, bytes: number): Buffer =>
  Buffer.alloc(bytes - (bytes % piece.length), piece as Uint8Array);
const each = (count: number, make: (index: number) => Uint8Array): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_each, index) => make(index)));

const attribute = (key: string, ...value: Uint8Array[]): Buffer =>
  field(9, textField(1, key), field(2, ...value));
const textAttribute = (key: string, value: string): Buffer => attribute(key, textField(1, value));
const tokensAttribute = (name: string, value: Uint8Array): Buffer =>
  attribute(`gen_ai.usage.${name}_tokens`, Buffer.of(0x18), value);

let traces = 0;
function traceId(): Buffer {
  traces += 1;
  const id = Buffer.alloc(16, 7);
  id.writeUInt32BE(traces);
  return id;
}
const spanId = (index: number): Buffer => {
  const id = Buffer.alloc(8, 3);
  id.writeUInt32BE(index);
  return id;
};

interface CallParts {
  readonly model?: string;
  readonly more?: Uint8Array;
  readonly parent?: number;
  readonly input?: Uint8Array;
}

/** A span of a model call in protobuf. */
function call(
  trace: Buffer,
  index: number,
  { model = 'gpt-5-mini', more, parent, input }: CallParts = {},
): Buffer {
  return field(
    2,
    field(1, trace),
    field(2, spanId(index)),
    ...(parent === undefined ? [] : [field(4, spanId(parent))]),
    textAttribute('gen_ai.operation.name', 'chat'),
    textAttribute('gen_ai.provider.name', 'openai'),
    textAttribute('gen_ai.request.model', model),
    tokensAttribute('input', input ?? varint(1200)),
    tokensAttribute('output', varint(350)),
    ...(more === undefined ? [] : [more]),
  );
}

const plainSpan = (trace: Buffer, index: number, parent: number): Buffer =>
  field(2, field(1, trace), field(2, spanId(index)), field(4, spanId(parent)));
const request = (...spans: Uint8Array[]): Buffer => field(1, field(2, ...spans));
const oneCall = (parts: CallParts = {}): Buffer => request(call(traceId(), 1, parts));

function nested(depth: number): Buffer {
  const lengths: number[] = [];
  let length = 0;
  for (let level = 0; level < depth; level++) {
    const inner = length + 1 + varint(length).length;
    lengths.push(length);
    length = inner + 1 + varint(inner).length;
    lengths.push(inner);
  }
  return Buffer.concat(
    lengths.toReversed().flatMap((size, index) => [Buffer.of(index % 2 === 0 ? 0x2a : 0x0a), varint(size)]),
  );
}

const PROTOBUF: readonly (readonly [string, HostileInput['status'], () => Uint8Array])[] = [
  ['text that is no protobuf', 400, () => Buffer.from(`{"${HOSTILE_CANARY}":`)],
  ['a length beyond the end', 400, () => hex('0a05 00')],
  ['a length of 5 GB', 400, () => hex('0a 8080808014')],
  ['a length of 2^63', 400, () => hex('0a 80808080808080808001')],
  ['a length of 2^64-1', 400, () => hex('0a ffffffffffffffffff01')],
  ['a span that ends after its scope', 400, () => hex('0a04 1202 1205')],
  ['a varint of 11 bytes', 400, () => hex('10 ffffffffffffffffffffff')],
  ['a varint that is cut off', 400, () => hex('10 80')],
  ['an overlong zero', 200, () => hex('10 80808080808080808000')],
  ['field number 0', 400, () => hex('00 00')],
  ['a field number of 2^29', 400, () => hex('f8ffffffffff01 01')],
  ['wire type 6', 400, () => hex('0e')],
  ['wire type 7', 400, () => hex('0f')],
  ['a group without an end', 400, () => hex('13 0801')],
  ['an end without a group', 400, () => hex('14')],
  ['a group that ends another', 400, () => hex('13 1c')],
  [
    'groups 100,000 deep',
    400,
    () => Buffer.concat([Buffer.alloc(100_000, 0x13), Buffer.alloc(100_000, 0x14)]),
  ],
  ['a trace id of 15 bytes', 400, () => request(field(2, field(1, Buffer.alloc(15))))],
  ['64 MiB of zeros', 400, () => Buffer.alloc(WHOLE)],
  ['64 MiB of 0xff', 400, () => Buffer.alloc(WHOLE, 0xff)],
  ['one byte more than 64 MiB', 413, () => Buffer.alloc(WHOLE + 1)],
  ['a million empty spans', 400, () => request(repeated(hex('1200'), 2_000_000))],
  ['a million empty resources', 400, () => repeated(hex('0a00'), 2_000_000)],
  ['a million empty scopes', 400, () => field(1, repeated(hex('1200'), 2_000_000))],
  ['a million empty attributes', 200, () => request(field(2, repeated(hex('4a00'), 2_000_000)))],
  [
    'a million attributes of one span',
    200,
    () =>
      request(
        field(
          2,
          each(1_000_000, () => textAttribute('a', 'b')),
        ),
      ),
  ],
  ['64 MiB of empty resources', 400, () => repeated(hex('0a00'), WHOLE)],
  ['64 MiB of empty attributes', 400, () => request(field(2, repeated(hex('4a00'), WHOLE - 64)))],
  ['64 MiB of unknown numbers', 400, () => repeated(hex('1001'), WHOLE)],
  ['64 MiB in one unknown field', 200, () => field(100, Buffer.alloc(WHOLE - 16))],
  ['200,000 spans', 200, () => repeatedSpans(200_000)],
  ['20,000 model calls', 200, () => manyCalls(20_000)],
  ['10,000 times the same span', 200, () => sameCalls(10_000)],
  ['10,000 spans of one parent', 200, () => chain(10_000, () => 0)],
  ['100,000 spans each inside the one before', 200, () => chain(100_000, (index) => index - 1)],
  ['100,000 spans each inside the next one', 200, () => chain(100_000, (index) => index + 1)],
  ['20,000 model calls each inside the next one', 200, () => callChain(20_000)],
  ['10,000 model calls in a circle', 200, () => callChain(10_000, 10_000)],
  ['a span that is its own parent', 200, () => request(call(traceId(), 1, { parent: 1 }))],
  ['an array 20,000 deep', 200, () => oneCall({ more: attribute('deep', nested(20_000)) })],
  ['a text of 32 MiB for a model', 200, () => oneCall({ model: HOSTILE_CANARY.repeat(2_500_000) })],
  ['a key of 32 MiB', 200, () => oneCall({ more: textAttribute('k'.repeat(32 * MEBIBYTE), 'v') })],
  ['no model', 200, () => oneCall({ model: '' })],
  ['a model named __proto__', 200, () => oneCall({ model: '__proto__' })],
  ['a model named constructor', 200, () => oneCall({ model: 'constructor' })],
  ['a key named __proto__', 200, () => oneCall({ more: textAttribute('__proto__', 'toString') })],
  ['a text that is no UTF-8', 200, () => oneCall({ more: attribute('tenant.id', field(1, hex('c328ff'))) })],
  [
    'NaN tokens',
    200,
    () => oneCall({ more: attribute('gen_ai.usage.input_tokens', hex('21 000000000000f87f')) }),
  ],
  ['-1 tokens', 200, () => oneCall({ input: hex('ffffffffffffffffff01') })],
  ['2^63-1 tokens', 200, () => oneCall({ input: hex('ffffffffffffffff7f') })],
  ['times of 0', 200, () => oneCall({ more: hex('390000000000000000 410000000000000000') })],
  ['times of 2^64-1', 200, () => oneCall({ more: hex('39ffffffffffffffff 41ffffffffffffffff') })],
  ['an end before the start', 200, () => oneCall({ more: hex('39ffffffffffffff7f 410100000000000000') })],
  ['20,000 tenants', 200, () => manyTenants(20_000)],
  [
    '64 MiB of fields in a group',
    400,
    () => Buffer.concat([hex('13'), repeated(hex('1001'), WHOLE - 2), hex('14')]),
  ],
  [
    '64 MiB of numbers for a model',
    400,
    () => oneCall({ more: attribute('gen_ai.response.model', repeated(hex('1801'), WHOLE - 1024)) }),
  ],
  [
    '64 MiB of unknown fields in an attribute',
    400,
    () => oneCall({ more: field(9, repeated(hex('1801'), WHOLE - 1024)) }),
  ],
  [
    '64 MiB of unknown fields in a scope',
    400,
    () => field(1, field(2, field(1, repeated(hex('1801'), WHOLE - 1024)))),
  ],
  ['40,000 model calls each inside the one before', 200, () => callsInside(40_000)],
  ['40,000 model calls', 200, () => manyCalls(40_000)],
];

function repeatedSpans(count: number): Buffer {
  const trace = traceId();
  return request(each(count, (index) => plainSpan(trace, index + 1, 0)));
}

function manyCalls(count: number): Buffer {
  const trace = traceId();
  return request(each(count, (index) => call(trace, index + 1)));
}

function manyTenants(count: number): Buffer {
  const trace = traceId();
  return request(
    each(count, (index) => call(trace, index + 1, { more: textAttribute('tenant.id', `tenant ${index}`) })),
  );
}

function sameCalls(count: number): Buffer {
  const same = call(traceId(), 1);
  return request(each(count, () => same));
}

function chain(count: number, parent: (index: number) => number): Buffer {
  const trace = traceId();
  return request(each(count, (index) => plainSpan(trace, index + 1, parent(index + 1))));
}

function callChain(count: number, circle = Number.POSITIVE_INFINITY): Buffer {
  const trace = traceId();
  return request(each(count, (index) => call(trace, index, { parent: (index + 1) % circle })));
}

function callsInside(count: number): Buffer {
  const trace = traceId();
  return request(each(count, (index) => call(trace, index + 1, { parent: index })));
}

/* JSON */

const ids = (index: number): string =>
  `"traceId":"${'b'.repeat(32)}","spanId":"${(index + 1).toString(16).padStart(16, '0')}"`;
const CALL_ATTRIBUTES = `"attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},{"key":"gen_ai.request.model","value":{"stringValue":"gpt-5-mini"}},{"key":"gen_ai.usage.input_tokens","value":{"intValue":"12"}}]`;
const jsonRequest = (spans: string): Buffer =>
  Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${spans}]}]}]}`);
const jsonSpans = (count: number, more = ''): Buffer =>
  jsonRequest(Array.from({ length: count }, (_each, index) => `{${ids(index)}${more}}`).join(','));
const around = (before: string, piece: string, bytes: number, after = ''): Buffer =>
  Buffer.concat([
    Buffer.from(before),
    repeated(piece, bytes - before.length - after.length),
    Buffer.from(after),
  ]);
const jsonCall = (attributes: string): Buffer =>
  jsonRequest(`{${ids(0)},${CALL_ATTRIBUTES.replace('[', `[${attributes},`)}}`);

const JSON_INPUTS: readonly (readonly [string, HostileInput['status'], () => Uint8Array])[] = [
  ['64 MiB of [', 400, () => Buffer.alloc(WHOLE, '[')],
  ['64 MiB of {"a":', 400, () => repeated('{"a":', WHOLE)],
  ['a text of 64 MiB', 200, () => around('{"a":"', 'x', WHOLE, '"}')],
  ['a text of 64 MiB without an end', 400, () => around('{"a":"', 'x', WHOLE)],
  ['64 MiB of escapes', 200, () => around('{"a":"', '\\u0000', WHOLE - 8, '"}')],
  ['64 MiB of escaped quotes', 200, () => around('{"a":"', '\\"', WHOLE, '"}')],
  ['64 MiB of space', 200, () => around('{', ' ', WHOLE, '}')],
  ['64 MiB of numbers', 400, () => around('{"a":[', '0,', WHOLE, '0]}')],
  ['a number of a million digits', 400, () => around('{"a":', '9', 1_000_000, '}')],
  [
    'a number of 300 digits',
    200,
    () => jsonCall(`{"key":"gen_ai.usage.output_tokens","value":{"intValue":${'9'.repeat(300)}}}`),
  ],
  [
    'an exponent of 99,999',
    200,
    () => jsonCall('{"key":"gen_ai.usage.output_tokens","value":{"intValue":"1e99999"}}'),
  ],
  ['lists 100,000 deep', 200, () => Buffer.from(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)],
  [
    'lists two million deep',
    400,
    () => Buffer.from(`{"a":${'['.repeat(2_000_000)}${']'.repeat(2_000_000)}}`),
  ],
  ['a name 100,000 times', 200, () => around('{', '"a":1,', 600_000, '"a":1}')],
  [
    'a million names',
    400,
    () => Buffer.from(`{${Array.from({ length: 1_000_000 }, (_each, index) => `"k${index}":1`).join(',')}}`),
  ],
  [
    'a million attributes of one span',
    400,
    () => jsonRequest(`{"attributes":[${Array.from({ length: 1_000_000 }, () => '{"key":"a"}').join(',')}]}`),
  ],
  ['600,000 empty spans', 400, () => jsonRequest(Array.from({ length: 600_000 }, () => '{}').join(','))],
  ['100,000 spans', 200, () => jsonSpans(100_000)],
  ['20,000 model calls', 200, () => jsonSpans(20_000, `,${CALL_ATTRIBUTES}`)],
  ['499,999 empty spans', 200, () => jsonRequest(Array.from({ length: 499_999 }, () => '{}').join(','))],
  [
    'a model call with 63 MiB of escaped quotes',
    200,
    () => jsonCall(`{"key":"a","value":{"stringValue":"${'\\"'.repeat(63 * 512 * 1024)}"}}`),
  ],
  [
    'a model call with 1,000 texts of 60 KiB',
    200,
    () =>
      jsonCall(
        Array.from(
          { length: 1000 },
          (_each, index) => `{"key":"a${index}","value":{"stringValue":"${'\\n'.repeat(30_000)}"}}`,
        ).join(','),
      ),
  ],
  [
    'a model call with 60,000 texts of 1 KiB',
    400,
    () =>
      jsonCall(
        Array.from(
          { length: 60_000 },
          () => `{"key":"a","value":{"stringValue":"${'\\n'.repeat(500)}"}}`,
        ).join(','),
      ),
  ],
  ['half of a surrogate pair', 200, () => jsonCall('{"key":"tenant.id","value":{"stringValue":"\\ud800"}}')],
  [
    'a key named __proto__',
    200,
    () => jsonCall('{"key":"__proto__","__proto__":{"key":"x"},"value":{"stringValue":"a"}}'),
  ],
  [
    'what is no UTF-8',
    400,
    () => Buffer.concat([Buffer.from(`{"${HOSTILE_CANARY}":"`), hex('c328'), Buffer.from('"}')]),
  ],
  ['an overlong slash', 400, () => Buffer.concat([Buffer.from('{"a":"'), hex('c0af'), Buffer.from('"}')])],
  ['a byte order mark', 400, () => Buffer.from('\u{feff}{}')],
  ['UTF-16', 400, () => Buffer.from('{}', 'utf16le')],
  ['JSON that is cut off', 400, () => Buffer.from(`{"resourceSpans":[{"${HOSTILE_CANARY}":`)],
];

/* Compression */

const call1 = (): Buffer => oneCall();
const zeros = (): Buffer => Buffer.alloc(WHOLE * 4);
const changed = (bytes: Buffer, fromEnd: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[copy.length - fromEnd] = copy[copy.length - fromEnd]! ^ 1;
  return copy;
};
/** A gzip member whose checksum and length are of something else. */
const lyingGzip = (body: Buffer): Buffer => {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(body));
  trailer.writeUInt32LE(body.length + 1, 4);
  return Buffer.concat([hex('1f8b0800 00000000 00ff'), deflateRawSync(body), trailer]);
};

const COMPRESSED: readonly (readonly [string, HostileInput['status'], string, () => Uint8Array])[] = [
  ['a gzip bomb', 413, 'gzip', () => gzipSync(zeros(), { level: 9 })],
  ['a deflate bomb', 413, 'deflate', () => deflateSync(zeros(), { level: 9 })],
  ['a zstd bomb', 413, 'zstd', () => zstdCompressSync(zeros())],
  [
    'a bomb of many gzip members',
    413,
    'gzip',
    () => Buffer.concat(Array.from({ length: 80 }, () => gzipSync(Buffer.alloc(MEBIBYTE)))),
  ],
  ['gzip inside of gzip', 400, 'gzip', () => gzipSync(gzipSync(call1()))],
  [
    'gzip in two members',
    200,
    'gzip',
    () => {
      const body = call1();
      return Buffer.concat([gzipSync(body.subarray(0, 9)), gzipSync(body.subarray(9))]);
    },
  ],
  ['gzip that is cut off', 400, 'gzip', () => gzipSync(call1()).subarray(0, -9)],
  ['gzip with a wrong checksum', 400, 'gzip', () => changed(gzipSync(call1()), 8)],
  ['gzip with a wrong length', 400, 'gzip', () => lyingGzip(call1())],
  ['gzip with an unknown method', 400, 'gzip', () => hex('1f8b0700 00000000 00ff')],
  ['only the header of gzip', 400, 'gzip', () => hex('1f8b0800')],
  [
    'zlib with a dictionary',
    400,
    'deflate',
    () => deflateSync(call1(), { dictionary: Buffer.from('dictionary') }),
  ],
  ['zlib with a wrong checksum', 400, 'deflate', () => changed(deflateSync(call1()), 1)],
  ['zstd with a window of 1 GiB', 400, 'zstd', () => hex('28b52ffd 00 a0 010000')],
  [
    'zstd with skippable frames around',
    200,
    'zstd',
    () => Buffer.concat([hex('502a4d18 04000000 01020304'), zstdCompressSync(call1())]),
  ],
  ['zstd with the id of a dictionary', 400, 'zstd', () => hex('28b52ffd 21 07 01 080000 00')],
  [
    'zstd with a wrong checksum',
    400,
    'zstd',
    () => changed(zstdCompressSync(call1(), { params: { [constants.ZSTD_c_checksumFlag]: 1 } }), 1),
  ],
  ['zstd that is cut off', 400, 'zstd', () => zstdCompressSync(call1()).subarray(0, -5)],
  ['a compression named constructor', 415, 'constructor', call1],
  ['a compression named __proto__', 415, '__proto__', call1],
];

/** All of them, the small ones first. */
export const hostileInputs: readonly HostileInput[] = [
  ...PROTOBUF.map(([what, status, body]) => ({
    what,
    status,
    body,
    type: 'application/x-protobuf' as const,
  })),
  ...JSON_INPUTS.map(([what, status, body]) => ({ what, status, body, type: 'application/json' as const })),
  ...COMPRESSED.map(([what, status, encoding, body]) => ({
    what,
    status,
    encoding,
    body,
    type: 'application/x-protobuf' as const,
  })),
];
