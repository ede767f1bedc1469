import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExpositionError, parseExposition } from './gpu-exposition.ts';

const NAMES = new Set(['DCGM_FI_DEV_GPU_UTIL', 'hw_gpu_utilization_ratio']);

function read(text: string): (readonly [string, Readonly<Record<string, string>>, number])[] {
  return parseExposition(text, NAMES).map(({ name, labels, value }) => [
    name,
    Object.fromEntries(labels),
    value,
  ]);
}

test('reads the samples of the wanted metrics, whatever stands around them', () => {
  const text = [
    '# HELP DCGM_FI_DEV_GPU_UTIL GPU utilization (in %).',
    '# TYPE DCGM_FI_DEV_GPU_UTIL gauge',
    'DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-1",Hostname="node-a"} 87',
    'DCGM_FI_DEV_GPU_UTIL{ gpu = "1" , } 1.5e1 1795132800000',
    '',
    'up 1',
    'hw_gpu_utilization_ratio 0.25 1795132800.123 # {trace_id="a"} 0.3',
    'hw_gpu_utilization_ratio{name="a \\"b\\" \\\\ \\n c"} +Inf',
    '# EOF',
  ].join('\n');
  expect(read(text)).toEqual([
    ['DCGM_FI_DEV_GPU_UTIL', { gpu: '0', UUID: 'GPU-1', Hostname: 'node-a' }, 87],
    ['DCGM_FI_DEV_GPU_UTIL', { gpu: '1' }, 15],
    ['hw_gpu_utilization_ratio', {}, 0.25],
    ['hw_gpu_utilization_ratio', { name: 'a "b" \\ \n c' }, Number.POSITIVE_INFINITY],
  ]);
});

test('an exemplar behind labels with a sharp in them is passed over', () => {
  expect(read('hw_gpu_utilization_ratio{task="a # b"} 0.5 # {x="y"} 1')).toEqual([
    ['hw_gpu_utilization_ratio', { task: 'a # b' }, 0.5],
  ]);
});

test.each([
  ['<!doctype html>', 'line 1: it starts with no metric name'],
  ['up 1\nup', 'line 2: the value is no number'],
  ['up one', 'line 1: the value is no number'],
  ['up 1 2 3', 'line 1: there is more than a value and a timestamp'],
  ['up 1 soon', 'line 1: there is more than a value and a timestamp'],
  ['up{a} 1', 'line 1: label a has no value'],
  ['up{a=b} 1', 'line 1: the value of label a is not quoted'],
  ['up{a="b} 1', 'line 1: a quoted value does not end'],
  ['up{a="\\x"} 1', 'line 1: a quoted value has an unknown escape'],
  ['up{a="b" c="d"} 1', 'line 1: no comma after label a'],
  ['up{="b"} 1', 'line 1: a label has no name'],
  ['{"status":"success"}', 'line 1: it starts with no metric name'],
  [`up ${'1'.repeat(70_000)}`, 'line 1: more than 65536 characters'],
])('refuses %j', (text, message) => {
  expect(() => read(text)).toThrow(new ExpositionError(Number(/\d+/.exec(message)?.[0]), message.slice(8)));
});

test('gives samples or an error, whatever the bytes are', () => {
  const pieces = fc.constantFrom(
    'hw_gpu_utilization_ratio',
    '{',
    '}',
    '"',
    '\\',
    ',',
    '=',
    ' ',
    '\n',
    '0.5',
    '#',
    'NaN',
    'a',
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        for (const [name, , value] of read(text)) {
          expect(NAMES.has(name)).toBe(true);
          expect(typeof value).toBe('number');
        }
      } catch (error) {
        expect(error).toBeInstanceOf(ExpositionError);
      }
    }),
    { numRuns: 2000 },
  );
});

test('reads back what it is written as', () => {
  const labels = fc.dictionary(
    fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,8}$/),
    fc.string({ unit: 'grapheme' }),
  );
  fc.assert(
    fc.property(labels, fc.double({ noNaN: true }), (written, value) => {
      const escaped = Object.entries(written).map(
        ([name, text]) =>
          `${name}="${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
      );
      const text = Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
      const [sample] = parseExposition(`hw_gpu_utilization_ratio{${escaped.join(',')}} ${text}`, NAMES);
      expect(Object.fromEntries(sample?.labels ?? [])).toEqual({ ...written });
      expect(sample?.value).toBe(value === 0 ? Number(text) : value);
    }),
  );
});
