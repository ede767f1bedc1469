import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunksOf, type Random, randomFrom } from '../../test/bodies/random.ts';
import { mutated } from '../../test/bodies/random-json.ts';
import { compileFields } from './field-tree.ts';
import { MultipartReader } from './multipart-field.ts';

const FIELDS = compileFields(['model', 'response_format', 'n', 'size']);

function read(body: Buffer, size: number | 'whole' | Random = 'whole') {
  const fields: Record<string, unknown> = {};
  const reader = new MultipartReader(FIELDS, (found) => Object.assign(fields, found));
  for (const chunk of chunksOf(body, size)) {
    reader.push(chunk);
    chunk.fill(0x0d);
  }
  reader.end();
  return fields;
}

async function formOf(fill: (form: FormData) => void): Promise<Buffer> {
  const form = new FormData();
  fill(form);
  return Buffer.from(await new Response(form).arrayBuffer());
}

function part(headers: string, content: string): string {
  return `--x-1\r\n${headers}\r\n\r\n${content}\r\n`;
}

describe('MultipartReader', () => {
  it.each([1, 2, 7, 1000, 'whole'] as const)(
    'finds fields beside files in chunks of %s bytes',
    async (size) => {
      const noise = Buffer.from(Array.from({ length: 50_000 }, (_each, index) => (index * 7919) >>> 3));
      const lookalike = '\r\n--x\r\n\r\n\r\nContent-Disposition: form-data; name="model"\r\n\r\nno\r\n';
      const body = await formOf((form) => {
        form.append('n', '2');
        form.append('file', new Blob([noise, lookalike, noise]), 'speech.wav');
        form.append('prompt', 'name="model"');
        form.append('size', 'x'.repeat(257));
        form.append('response_format', '');
        form.append('model', 'größer-1');
      });
      expect(read(body, size)).toEqual({ n: '2', response_format: '', model: 'größer-1' });
    },
  );

  it('takes no file for a field', async () => {
    const body = await formOf((form) => form.append('model', new Blob(['weights']), 'model.bin'));
    expect(read(body)).toEqual({});
  });

  it('reads headers however they are written', () => {
    const body = [
      part('content-type: text/plain\r\nCONTENT-DISPOSITION:form-data;name="n"', '1'),
      part('Content-Disposition: form-data; filename="x"; name="size"', '2'),
      part('X-Other: name="model"\r\nContent-Disposition: form-data', '3'),
      part('Content-Disposition: form-data; xname="model"', '4'),
      part('', '5'),
      `--x-1  \r\nContent-Disposition: form-data; name="model"\r\n\r\n\r\n--x-1--\r\n`,
      part('Content-Disposition: form-data; name="size"', '6'),
    ].join('');
    expect(read(Buffer.from(body))).toEqual({ n: '1', model: '' });
    expect(read(Buffer.from(body), 1)).toEqual({ n: '1', model: '' });
  });

  it('leaves out a field that is cut short', () => {
    expect(
      read(Buffer.from(part('Content-Disposition: form-data; name="model"', 'gpt')).subarray(0, -3)),
    ).toEqual({});
  });

  it.each([
    '',
    '--',
    '--\r\n',
    '{"model":1}',
    `--${'x'.repeat(100)}\r\n`,
    '--x\r\n',
    `--x\r\n${'h'.repeat(3000)}`,
  ])('finds nothing in %j', (body) => {
    expect(read(Buffer.from(body))).toEqual({});
  });

  it('reads no more than 1,000 parts', () => {
    const body = `${part('', '').repeat(1001)}${part('Content-Disposition: form-data; name="model"', 'a')}--x-1--`;
    expect(read(Buffer.from(body))).toEqual({});
  });

  it('survives damage, and reads it alike however it is split', async () => {
    const form = await formOf((fields) => {
      fields.append('model', 'whisper-1');
      fields.append('file', new Blob(['\r\n-\r\n--\r\r\n']), 'a');
      fields.append('size', '1');
    });
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = randomFrom(seed);
        const body = mutated(form, random);
        expect(read(body, random)).toEqual(read(body));
      }),
      { numRuns: 3000 },
    );
  });
});
