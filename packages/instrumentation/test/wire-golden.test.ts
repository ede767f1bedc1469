import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { statedAnswer, type WireCase } from './stated-answer.ts';
import { statedText } from './stated-text.ts';

const TABLES = ['anthropic', 'google', 'bedrock', 'cohere', 'ollama', 'model-servers'] as const;

/** Whole, in parts that split every name and number somewhere, and byte by byte. */
const PART_BYTES = [Number.MAX_SAFE_INTEGER, 7, 1];

for (const table of TABLES) {
  test.each(rowsOf(`${table}-wire.txt`))('$format reads $body of $url', ({ expected, ...wireCase }) => {
    for (const partBytes of PART_BYTES) {
      const stated = statedAnswer(wireCase, partBytes);
      expect(`${stated.format.name} | ${statedText(stated)}`).toBe(expected);
      expect(stated.failures).toEqual([]);
    }
  });
}

interface GoldenRow extends WireCase {
  readonly format: string;
  readonly expected: string;
}

/** `body | url | headers | format | answer`, where `-` stands for no headers. */
function rowsOf(name: string): GoldenRow[] {
  const text = readFileSync(new URL(`golden/${name}`, import.meta.url), 'utf8');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [body = '', url = '', headers = '', format = '', answer = ''] = line
        .split('|')
        .map((cell) => cell.trim());
      return { body, url, headers: headersOf(headers), format, expected: `${format} | ${answer}` };
    });
}

function headersOf(cell: string): Record<string, string> {
  if (cell === '-') return {};
  return Object.fromEntries(
    cell.split(' ').map((header): [string, string] => {
      const [name = '', value = ''] = header.split('=');
      return [name, value];
    }),
  );
}
