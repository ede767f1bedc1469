import type { Random } from './random.ts';
import { readLeniently } from './reference-json.ts';

export interface ReadEvent {
  readonly document: unknown;
  readonly name: string | undefined;
}

/** The events of a text after the HTML standard, the plain way; a last one counts without a blank line after it. */
export function eventsOf(text: string): { data: string; name: string | undefined }[] {
  const events: { data: string; name: string | undefined }[] = [];
  let data: string[] = [];
  let name: string | undefined;
  for (const line of [...text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/), '']) {
    if (line === '') {
      if (data.length > 0) events.push({ data: data.join('\n'), name });
      [data, name] = [[], undefined];
    }
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line)!;
    if (field === 'data') data.push(value);
    if (field === 'event') name = value || undefined;
  }
  return events;
}

/** What is read of events: the first that is JSON, and those that hold a key with a value. */
export function readEvents(
  events: readonly { data: string; name: string | undefined }[],
  paths: readonly string[],
  keys: readonly string[],
): ReadEvent[] {
  const isJson = (data: string) => /^\s*[{[]/.test(data) && data !== '[DONE]';
  const read = events
    .filter(({ data }) => isJson(data))
    .filter(({ data }, index) => index === 0 || keys.some((key) => holds(data, key)));
  return read.flatMap(({ data, name }) =>
    readLeniently(Buffer.from(data), paths).documents.map((document) => ({ document, name })),
  );
}

function holds(data: string, key: string): boolean {
  return new RegExp(String.raw`"${key}"\s*:\s*[^\sn]`).test(data);
}

const BREAKS = ['\n', '\r\n', '\r'];

/** A stream of events with every freedom that the standard gives, and what else is seen between events. */
export function randomEvents(random: Random, randomObject: () => string): string {
  let text = random.once(4) ? '\uFEFF' : '';
  const addLine = (line: string): void => {
    const lineBreak = random.once(3) ? random.of(BREAKS) : '\n';
    // A line feed after a carriage return would be no line of its own.
    text += line === '' && text.endsWith('\r') ? '\r' : line + lineBreak;
  };
  for (let count = random.int(8); count > 0; count--) {
    const lines: string[] = [];
    if (random.once(3))
      lines.push(random.of([': ping', ':', 'id: 7', 'retry: 3', 'datax: {}', 'dat', 'event', '']));
    if (random.once(2))
      lines.push(`event:${random.of([' ', ''])}${random.of(['message_start', 'ping', '', 'é'])}`);
    const data = random.once(8)
      ? random.of(['[DONE]', 'ping', ''])
      : random.once(8)
        ? `[${randomObject()}]`
        : randomObject();
    for (const line of data.split(/\r\n|\r|\n/))
      lines.push(`data${line === '' && random.once(2) ? '' : `:${random.of([' ', ''])}${line}`}`);
    if (random.once(9)) lines.push('event: late');
    for (const line of [...lines, '']) addLine(line);
  }
  return random.once(3) ? text.trimEnd() : text;
}
