import type { AnswerName } from './delivery.ts';
import type { ProviderAnswer } from './provider-answer.ts';

/** What the model says where a client asked for a JSON document. */
const STRUCTURED_TEXT = '{"city":"Paris","inhabitants":2103778,"rivers":["Seine","Bièvre"]}';
const MEBIBYTE = 1024 * 1024;
const HUGE_TEXT_BYTES = 5 * MEBIBYTE;
const NESTED_USAGE_BYTES = 16 * MEBIBYTE;
/** More than the buffers of both ends of a socket hold; a client that reads on would see its end. */
const ENDLESS_BYTES = 48 * MEBIBYTE;

/** Puts what a delivery wants to be told in the place of the provider's words. */
export function replacedAnswer(answer: ProviderAnswer, name: AnswerName): ProviderAnswer {
  switch (name) {
    case 'structured':
      return { ...answer, events: retell(answer.events, STRUCTURED_TEXT) };
    case 'huge':
      return { ...answer, events: retell(answer.events, 'All is well. '.repeat(HUGE_TEXT_BYTES / 13)) };
    case 'endless':
      return { ...answer, events: repeatEvent(answer.events, ENDLESS_BYTES) };
    case 'invalid-json':
      return { ...answer, events: answer.events.map((event) => event.subarray(0, event.length - 9)) };
    case 'nested-usage':
      return { ...answer, events: [nestedUsage()] };
    case 'absurd-usage':
      return { ...answer, events: answer.events.map(absurdUsage) };
    case 'misleading-tool-input':
      return { ...answer, events: answer.events.map(misleadingToolInput) };
    case 'empty':
      return { ...answer, events: [] };
    case 'binary':
      return {
        ...answer,
        events: [Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 256))],
      };
  }
}

/** The emulator speaks in words; its pieces have eight, its whole texts more. */
const PROSE = /"((?:[a-z]+ ){8,})"/g;
const PIECE_WORDS = 8;

/** Replaces the words of the model: a piece by a slice of the text, what repeats all pieces by the whole. */
function retell(events: readonly Buffer[], text: string): Buffer[] {
  const pieces = new Map<string, string>();
  for (const event of events) {
    for (const [, prose = ''] of event.toString().matchAll(PROSE)) {
      if (prose.split(' ').length === PIECE_WORDS + 1) pieces.set(prose, '');
    }
  }
  const sliceLength = Math.ceil(text.length / Math.max(1, pieces.size));
  let start = 0;
  for (const piece of pieces.keys()) {
    pieces.set(piece, text.slice(start, start + sliceLength));
    start += sliceLength;
  }
  return events.map((event) =>
    Buffer.from(
      event.toString().replaceAll(PROSE, (_, prose: string) => JSON.stringify(pieces.get(prose) ?? text)),
    ),
  );
}

/** Repeats the third event, which carries words, until there is more than any buffer takes. */
function repeatEvent(events: readonly Buffer[], bytesMin: number): Buffer[] {
  const [first, second, piece, ...rest] = events;
  if (first === undefined || second === undefined || piece === undefined) return [...events];
  const block = Buffer.concat(Array.from({ length: Math.ceil((64 * 1024) / piece.length) }, () => piece));
  const blocks = Array.from({ length: Math.ceil(bytesMin / block.length) }, () => block);
  return [first, second, ...blocks, ...rest];
}

function nestedUsage(): Buffer {
  const opening = '{"usage":';
  return Buffer.from(opening.repeat(Math.ceil(NESTED_USAGE_BYTES / opening.length)));
}

const COUNTS = ['1e400', '-7', '"many"', '9007199254740993', 'null', '[1]', '{"tokens":{}}', '0.5'];

/** Every count becomes something that no count is. */
function absurdUsage(event: Buffer): Buffer {
  let next = 0;
  return Buffer.from(
    event.toString().replaceAll(/("[a-z_]*tokens"):\d+/gi, (_, key: string) => {
      next += 1;
      return `${key}:${COUNTS[next % COUNTS.length]}`;
    }),
  );
}

const REAL_LOOKING =
  '"usage":{"input_tokens":999999,"output_tokens":999999,"prompt_tokens":999999,"completion_tokens":999999}';

/** A tool's input holds what looks like the usage of a call. */
function misleadingToolInput(event: Buffer): Buffer {
  return Buffer.from(
    event
      .toString()
      .replaceAll('"input":{"', `"input":{${REAL_LOOKING},"`)
      .replaceAll('"arguments":"{', `"arguments":"{${JSON.stringify(REAL_LOOKING).slice(1, -1)},`)
      .replaceAll('"partial_json":"{', `"partial_json":"{${JSON.stringify(REAL_LOOKING).slice(1, -1)},`),
  );
}
