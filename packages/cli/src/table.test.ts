import { expect, test } from 'vitest';
import { formatTable } from './table.ts';

test('lays out a ruled head, aligned columns and a foot', () => {
  const text = formatTable(
    [
      { head: 'What', align: 'left' },
      { head: 'Count', align: 'right' },
      { head: 'Amount', align: 'decimal' },
    ],
    [
      ['input', '7', '$0.0012'],
      ['a longer one', '1,234', '$10.00'],
    ],
    { footRows: [['total', '', '$10.0012']] },
  );
  expect(text.split('\n')).toEqual([
    'What          Count    Amount',
    '────────────  ─────  ────────',
    'input             7   $0.0012',
    'a longer one  1,234  $10.00',
    '────────────  ─────  ────────',
    'total                $10.0012',
  ]);
});

test('cuts a text without end', () => {
  const text = formatTable([{ head: 'A', align: 'left' }], [['x'.repeat(500)]]);
  expect(text.split('\n')[2]).toBe(`${'x'.repeat(79)}…`);
});

test('a column with a limit of its own keeps its texts, under a rule that is no longer than others', () => {
  const lines = formatTable(
    [{ head: 'A', align: 'left', charactersMax: 300 }],
    [['x'.repeat(300)], ['y'.repeat(301)]],
  ).split('\n');
  expect(lines[1]).toBe('─'.repeat(80));
  expect(lines.slice(2)).toEqual(['x'.repeat(300), `${'y'.repeat(299)}…`]);
});
