import { readdirSync, readFileSync } from 'node:fs';
import type { TraceRequestJson } from './otlp-messages.ts';

const FOLDER = new URL('../../semconv/test/fixtures/spans/', import.meta.url);

/** OTLP/JSON requests of the real instrumentations, recorded for the dialects' tests. */
export const recordedRequests: readonly { readonly name: string; readonly request: TraceRequestJson }[] =
  readdirSync(FOLDER).map((name) => ({
    name,
    request: JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as TraceRequestJson,
  }));
