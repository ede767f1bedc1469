import { readFileSync } from 'node:fs';
import { type BodyReader, openBodyReader } from '../src/body/body-reader.ts';
import { compileFields } from '../src/body/field-tree.ts';
import type { TapFailure } from '../src/call-tap.ts';
import { matchRequest } from '../src/match-request.ts';
import type { WireAnswer, WireFormat } from '../src/wire-format.ts';
import { awsFrame, type FrameFixture } from './aws-frames-fixture.ts';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  json: 'application/json',
  sse: 'text/event-stream; charset=utf-8',
  ndjson: 'application/x-ndjson',
  frames: 'application/vnd.amazon.eventstream',
};

/** One exchange of a golden table. */
export interface WireCase {
  /** Below `test/bodies`; `anthropic/text.sse@2` is what had come of a stream after two of its events. */
  readonly body: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface StatedAnswer {
  readonly format: WireFormat;
  /** By the host, else the format's. */
  readonly provider: string;
  /** Of the path; `-` where the body names it. */
  readonly model: string;
  readonly answer: WireAnswer;
  readonly failures: readonly TapFailure[];
}

/** What is made of an answer whose body comes in parts of a given length. */
export function statedAnswer({ body, url, headers }: WireCase, partBytes: number): StatedAnswer {
  const { origin, pathname } = new URL(url);
  const matched = matchRequest({ method: 'POST', origin, path: pathname }, []);
  if (matched === undefined) throw new Error(`${url} calls no model`);
  const { format, request } = matched;
  const answerReader = format.newReader(request);
  const failures: TapFailure[] = [];
  const header = (name: string): string | undefined => headers[name];
  answerReader.readHead?.({ statusCode: 200, header });
  const { bytes, contentType } = readBody(body);
  const reader = openBodyReader({
    contentType: headers['content-type'] ?? contentType,
    contentEncoding: undefined,
    fields: compileFields(format.answerFields),
    eventKeys: format.eventKeys,
    onDocument: (document, eventName) => {
      answerReader.read(document, eventName);
      answerReader.answer();
    },
    onFailure: (failure) => failures.push(failure),
  });
  feed(reader, bytes, partBytes);
  const { provider, pathFields } = request;
  return { format, provider, model: pathFields['model'] ?? '-', answer: answerReader.answer(), failures };
}

function feed(reader: BodyReader | undefined, bytes: Buffer, partBytes: number): void {
  for (let at = 0; at < bytes.length; at += partBytes) reader?.push(bytes.subarray(at, at + partBytes));
  reader?.end();
}

function readBody(body: string): { readonly bytes: Buffer; readonly contentType: string | undefined } {
  const [name = '', events] = body.split('@');
  const extension = name.slice(name.lastIndexOf('.') + 1);
  const text = readFileSync(new URL(`bodies/${name}`, import.meta.url), 'utf8');
  const separator = extension === 'sse' ? '\n\n' : '\n';
  const parts = text.split(separator).filter((part) => part.trim() !== '');
  const kept = events === undefined ? parts : parts.slice(0, Number(events));
  const contentType = CONTENT_TYPES[extension];
  if (extension === 'json') return { bytes: Buffer.from(text), contentType };
  if (extension === 'frames') {
    return {
      bytes: Buffer.concat(kept.map((line) => awsFrame(JSON.parse(line) as FrameFixture))),
      contentType,
    };
  }
  return { bytes: Buffer.from(kept.map((part) => part + separator).join('')), contentType };
}
