import { type CostRecord, type Money, type TokenUsage } from '@costspan/cost-model';
import type { LedgerEntry } from '@costspan-examples/provider-emulator';
import type { CallAccount, RunAccount, ScenarioAccount } from './run-account.ts';
import { totalsOf } from './run-totals.ts';
import { boundOf, leftOpen, usageDifferences } from './usage-differences.ts';
import type { Group } from './group.ts';
import type { RunComparison } from './measure-groups.ts';
import type { ScenarioReport } from './scenario.ts';
import { isLeftEarly } from './wire-violations.ts';

/** What became of every call of a run, alone and with the wire, for the group's golden file. */
export function formatRun({ run, alone, withWire }: RunComparison): string {
  const rows = alone.scenarios.flatMap((account, index) => {
    const other = withWire.scenarios[index];
    const count = Math.max(1, account.calls.length, other?.calls.length ?? 0);
    return Array.from({ length: count }, (_, call) => [
      call === 0 ? account.scenario.name : '',
      describeServed(account.calls[call] ?? other?.calls[call] ?? NO_CALL, account.scenario),
      describeOutcome(account.calls[call], account.scenario),
      other === undefined ? '' : describeWireOutcome(other.calls[call], other.scenario),
      call === 0 ? describeNotes(account, other) : '',
    ]);
  });
  return [
    `${run.name}: ${run.packages.join(', ')}`,
    ...align([['scenario', 'served', 'recorded alone', 'with the wire', ''], ...rows]).map(
      (line) => `  ${line}`,
    ),
    ...new Set([alone, withWire].flatMap(describeFailure)),
  ].join('\n');
}

function describeFailure({ failure }: RunAccount): string[] {
  return failure === undefined ? [] : [`  The program ended with ${failure}.`];
}

const NO_CALL: CallAccount = { served: undefined, record: undefined };

function describeNotes(
  { scenario, duplicates }: ScenarioAccount,
  other: ScenarioAccount | undefined,
): string {
  const errors = new Set([scenario.error, other?.scenario.error ?? null].filter((error) => error !== null));
  return [
    ...(duplicates > 0 ? [`${duplicates} duplicate${duplicates > 1 ? 's' : ''} not billed`] : []),
    ...(errors.size === 0 ? [] : [`the application gets ${[...errors].join(' or ')}`]),
  ].join('; ');
}

function describeServed({ served }: CallAccount, { brokenOff, error }: ScenarioReport): string {
  if (served === undefined) return error === null ? 'NOTHING' : 'refused';
  return brokenOff ? 'a part' : describeUsage(served.usage ?? {});
}

function describeUsage(usage: TokenUsage): string {
  return Object.entries(usage)
    .map(([bucket, count]) => `${bucket} ${count}`)
    .join(', ');
}

function describeOutcome(call: CallAccount | undefined, { brokenOff }: ScenarioReport): string {
  if (call === undefined) return '';
  const { served, record } = call;
  if (record === undefined) return served === undefined ? 'no span' : 'NO SPAN';
  if (record.status === 'unpriced') return `unpriced: ${describeReason(record)}`;
  const bound = boundOf(record);
  const flag = bound === undefined ? '' : ` (${bound})`;
  if (served === undefined) return `BILLED${flag}`;
  if (brokenOff) return `billed${flag}`;
  const [servedUsage, usage] = [served.usage ?? {}, record.usage ?? {}];
  const differences = usageDifferences(servedUsage, usage);
  const what = differences.length === 0 ? 'billed as served' : `billed with ${differences.join(', ')}`;
  return [`${what}${flag}`, ...leftOpen(servedUsage, usage)].join('; ');
}

/** Which span of a refused call stands for it, and so for what reason it has no price, is a race with LangSmith's. */
function describeWireOutcome(call: CallAccount | undefined, scenario: ScenarioReport): string {
  if (call?.served === undefined && call?.record?.status === 'unpriced') return 'unpriced';
  const isEitherWay = call?.record !== undefined && isLeftEarly(call.record, scenario.brokenOff);
  return isEitherWay ? 'billed or unpriced' : describeOutcome(call, scenario);
}

function describeReason({ reason, reasonDetail }: CostRecord): string {
  return reasonDetail === null ? `${reason}` : `${reason} ${reasonDetail}`;
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('   ')
      .trimEnd(),
  );
}

export const README_TABLE_HEAD: readonly string[] = [
  'packages',
  'group, run',
  'calls served / priceable',
  'billed exactly alone / with the wire',
  'input tokens served / alone / with the wire',
  'output tokens served / alone / with the wire',
  '$ served / alone / with the wire',
  'what is lost alone',
  'what is lost with the wire',
];

/** The cells of a run's row in the README. */
export function readmeRow(group: Group, { run, alone, withWire }: RunComparison): string[] {
  const [first, second] = [totalsOf(alone), totalsOf(withWire)];
  return [
    run.packages.map((name) => `\`${name}\``).join(', '),
    `${group.name}, ${run.name}`,
    `${first.served} / ${first.priceable}`,
    `${first.exact} / ${second.exact}`,
    `${first.inputServed} / ${first.inputBilled} / ${second.inputBilled}`,
    `${first.outputServed} / ${first.outputBilled} / ${second.outputBilled}`,
    [first.moneyServed, first.moneyBilled, second.moneyBilled].map(dollars).join(' / '),
    describeLosses(alone, false),
    describeLosses(withWire, true),
  ];
}

const MILLIONTHS_PICO = 1_000_000n;

/** In dollars, to the millionth. */
function dollars(money: Money): string {
  return (Number(money / MILLIONTHS_PICO) / 1_000_000).toFixed(6);
}

/** Each way of losing something, with the scenarios that suffer from it. */
function describeLosses({ scenarios, failure }: RunAccount, isWithWire: boolean): string {
  const places = new Map<string, Set<string>>();
  const open = new Set<string>();
  for (const { scenario, calls } of scenarios) {
    for (const { served, record } of calls) {
      if (served === undefined) continue;
      if (record !== undefined && isWithWire && isLeftEarly(record, scenario.brokenOff)) continue;
      const loss = lossOf(served, record, scenario.brokenOff);
      if (loss !== undefined) places.set(loss, (places.get(loss) ?? new Set()).add(scenario.name));
      if (record?.status !== 'priced' || scenario.brokenOff) continue;
      for (const what of leftOpen(served.usage ?? {}, record.usage ?? {})) open.add(what);
    }
  }
  const servedScenarios = scenarios.filter(({ calls }) => calls.some(({ served }) => served !== undefined));
  const losses = [...places].map(([what, where]) => {
    const isEverywhere = where.size === servedScenarios.length;
    return `${what}: ${isEverywhere ? 'everything' : [...where].join(', ')}`;
  });
  const ending = failure === undefined ? [] : [`the program ends with ${failure}`];
  return [...losses, ...open, ...ending].join('; ') || '–';
}

function lossOf(served: LedgerEntry, record: CostRecord | undefined, brokenOff: boolean): string | undefined {
  if (record === undefined) return 'no span';
  if (record.status === 'unpriced') return `\`${record.reason}\``;
  if (brokenOff) return undefined;
  const bound = boundOf(record);
  const differences = usageDifferences(served.usage ?? {}, record.usage ?? {});
  if (differences.length === 0) return undefined;
  if (bound === 'estimated') return '`estimated`';
  const less = differences.filter((difference) => difference.includes(' -'));
  const buckets = (less.length === 0 ? differences : less).map((difference) => difference.split(' ')[0]);
  const fault = less.length === 0 ? 'too high' : 'not told';
  return `${buckets.join(', ')} ${fault} (\`${bound ?? 'unflagged'}\`)`;
}
