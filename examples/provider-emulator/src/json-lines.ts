import type { EventFraming } from './wire-api.ts';

/** A JSON document a line, as the first version of Cohere's API streams. */
export const jsonLines: EventFraming = {
  contentType: 'application/stream+json',
  encode: ({ data }) => `${typeof data === 'string' ? data : JSON.stringify(data)}\n`,
};
