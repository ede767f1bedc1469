import { type BodyReader, openBodyReader } from '../../src/body/body-reader.ts';
import { compileFields } from '../../src/body/field-tree.ts';
import type { TapFailure } from '../../src/call-tap.ts';
import { chunksOf, type Random } from './random.ts';
import type { ReadEvent } from './reference-events.ts';

export interface BodyInput {
  readonly body: Uint8Array;
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly paths: readonly string[];
  readonly keys?: readonly string[];
  readonly size?: number | 'whole' | Random;
  readonly isCut?: boolean;
}

export interface BodyResult {
  readonly events: ReadEvent[];
  readonly failures: TapFailure[];
  firstEvents: number;
}

/** Reads a body in chunks, each of which is overwritten once it was read. */
export function readBody(input: BodyInput): BodyResult {
  const { result, reader } = openBody(input);
  for (const chunk of chunksOf(input.body, input.size ?? 'whole')) {
    reader?.push(chunk);
    chunk.fill(0x22);
  }
  reader?.end(input.isCut);
  reader?.close();
  return result;
}

export function openBody(input: Omit<BodyInput, 'body'>): {
  result: BodyResult;
  reader: BodyReader | undefined;
} {
  const result: BodyResult = { events: [], failures: [], firstEvents: 0 };
  const reader = openBodyReader({
    contentType: input.contentType,
    contentEncoding: input.contentEncoding,
    fields: compileFields(input.paths),
    eventKeys: input.keys ?? [],
    onDocument: (document, name) => result.events.push({ document, name }),
    onFirstEvent: () => {
      result.firstEvents++;
    },
    onFailure: (failure) => result.failures.push(failure),
  });
  return { result, reader };
}
