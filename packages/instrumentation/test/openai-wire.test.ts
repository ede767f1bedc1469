import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openBodyReader } from '../src/body/body-reader.ts';
import { compileFields } from '../src/body/field-tree.ts';
import { openRequestReader } from '../src/body/request-reader.ts';
import type { TapFailure } from '../src/call-tap.ts';
import { matchRequest } from '../src/match-request.ts';
import type { StatedAnswer } from './stated-answer.ts';
import { statedText } from './stated-text.ts';

/** Whole, in parts that split every name and number somewhere, and byte by byte. */
const PART_BYTES = [Number.MAX_SAFE_INTEGER, 7, 1];

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  json: 'application/json; charset=utf-8',
  sse: 'text/event-stream',
  mp3: 'audio/mpeg',
};

interface GoldenRow {
  readonly body: string;
  readonly request: string;
  readonly sent: string;
  readonly headers: string;
  readonly expected: string;
}

test.each(goldenRows())('$body of $request', (row) => {
  for (const partBytes of PART_BYTES) {
    const { failures, ...stated } = answerTo(row, partBytes);
    expect(`${stated.format.name} | ${statedText({ ...stated, failures })}`).toBe(row.expected);
    expect(failures).toEqual([]);
  }
});

/** `body | method and address | what was sent | response headers | format | answer`; `-` stands for none. */
function goldenRows(): GoldenRow[] {
  const text = readFileSync(new URL('golden/openai-wire.txt', import.meta.url), 'utf8');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [body = '', request = '', sent = '', headers = '', format = '', answer = ''] = line
        .split('|')
        .map((cell) => cell.trim());
      return { body, request, sent, headers, expected: `${format} | ${answer}` };
    });
}

function answerTo({ body, request: line, sent, headers }: GoldenRow, partBytes: number): StatedAnswer {
  const [method = '', address = ''] = line.split(' ');
  const { origin, pathname } = new URL(address);
  const matched = matchRequest({ method, origin, path: pathname }, []);
  if (matched === undefined) throw new Error(`${line} calls no model`);
  const { format, request } = matched;
  if (sent !== '-') {
    const requestReader = openRequestReader(compileFields(format.requestFields), (fields) => {
      request.bodyFields = { ...request.bodyFields, ...fields };
    });
    requestReader.push(sent.replaceAll('¶', '\r\n'));
    requestReader.end();
  }
  const contentType = CONTENT_TYPES[body.slice(body.lastIndexOf('.') + 1)];
  const header = headerOf(headers, contentType);
  const reader = format.newReader(request);
  const failures: TapFailure[] = [];
  reader.readHead?.({ statusCode: 200, header });
  const bodyReader = openBodyReader({
    contentType,
    contentEncoding: undefined,
    fields: compileFields(format.answerFields),
    eventKeys: format.eventKeys,
    onDocument: (document, eventName) => {
      reader.read(document, eventName);
      reader.answer();
    },
    onFailure: (failure) => failures.push(failure),
  });
  const bytes = readFileSync(new URL(`bodies/openai/${body}`, import.meta.url));
  // What is no text is not read.
  for (let at = 0; at < bytes.length && !contentType?.startsWith('audio/'); at += partBytes) {
    bodyReader?.push(bytes.subarray(at, at + partBytes));
  }
  bodyReader?.end(true);
  const model = requestModel(request.bodyFields['model'] ?? request.pathFields['model']);
  return { format, provider: request.provider, model, answer: reader.answer(), failures };
}

function requestModel(model: unknown): string {
  return typeof model === 'string' ? model : '-';
}

function headerOf(cell: string, contentType: string | undefined): (name: string) => string | undefined {
  const headers = new Map(
    cell.split(' ').map((header): [string, string] => {
      const at = header.indexOf('=');
      return [header.slice(0, at), header.slice(at + 1)];
    }),
  );
  return (name) => (name === 'content-type' ? contentType : headers.get(name));
}
