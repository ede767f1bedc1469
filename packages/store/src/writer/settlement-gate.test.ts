import { expect, test } from 'vitest';
import { sampleRecords } from '../../test/arbitrary-record.ts';
import { SettlementGate } from './settlement-gate.ts';

test('what concerns an undecided settlement waits for it, and all that comes later with it, in order', () => {
  const gate = new SettlementGate();
  const [one, two] = sampleRecords(1, 2);
  const ran: string[] = [];
  const first = { concerns: (record: unknown): boolean => record === one };
  const second = { concerns: (record: unknown): boolean => record === two };
  gate.add(first);
  gate.pass([two!], () => ran.push('concerns none'));
  gate.pass([one!], () => ran.push('concerns the first'));
  gate.add(second);
  gate.pass([], () => ran.push('later'));
  gate.pass([two!, one!], () => ran.push('concerns both'));
  expect(ran).toEqual(['concerns none']);
  gate.decide(second);
  expect(ran).toEqual(['concerns none']);
  gate.decide(first);
  expect(ran).toEqual(['concerns none', 'concerns the first', 'later', 'concerns both']);
  gate.pass([one!], () => ran.push('at once'));
  expect(ran.at(-1)).toBe('at once');
});
