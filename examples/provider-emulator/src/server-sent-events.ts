import type { EventFraming } from './wire-api.ts';

/** `text/event-stream`, as OpenAI, Anthropic, Mistral and Cohere stream. */
export const serverSentEvents: EventFraming = {
  contentType: 'text/event-stream; charset=utf-8',
  encode({ name, data }) {
    const line = `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
    return name === undefined ? line : `event: ${name}\n${line}`;
  },
};

/** The same with the line ends that Google sends. */
export const googleServerSentEvents: EventFraming = {
  contentType: 'text/event-stream',
  encode: ({ data }) => `data: ${JSON.stringify(data)}\r\n\r\n`,
};
