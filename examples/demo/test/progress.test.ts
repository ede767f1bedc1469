import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { expect, test } from 'vitest';
import { showProgress } from '../src/progress.ts';

function output(isTTY: boolean): { stream: WriteStream; text: () => string } {
  const stream = Object.assign(new PassThrough(), { isTTY });
  return { stream: stream as unknown as WriteStream, text: () => String(stream.read() ?? '') };
}

test('prints a line per quarter where a line cannot be rewritten', () => {
  const { stream, text } = output(false);
  const progress = showProgress('requests', 150, stream);
  for (let finished = 1; finished <= 150; finished += 1) progress.update(finished, finished > 100 ? 1 : 0);
  progress.end();
  expect(text()).toBe(
    '  requests: 38 of 150\n  requests: 75 of 150\n  requests: 113 of 150, 1 failed\n  requests: 150 of 150, 1 failed\n',
  );
});

test('rewrites one line on a terminal and takes it away at the end', () => {
  const { stream, text } = output(true);
  const progress = showProgress('requests', 3, stream);
  for (const finished of [1, 2, 3]) progress.update(finished, 0);
  progress.end();
  const written = text();
  expect(written).not.toContain('\n');
  expect(written.split('\r')).toHaveLength(5);
  expect(written).toContain('█'.repeat(30) + ' requests: 3 of 3');
  expect(written.endsWith('\r\u001B[K')).toBe(true);
});
