/**
 * What the wire tap costs a streaming chat client, as ratios to the same client without it, beside OpenInference
 * and OpenLLMetry.
 *
 * 1. Each mode runs in a process of its own, the model server in another. `none` is the bare client; `none again` is
 *    the same a second time, so that its distance from × 1.00 is the noise of the machine; `otel` has a tracer
 *    provider, a batch processor and an exporter that drops everything, as have all modes below it.
 * 2. The processes take turns in each round, in a changing order, so that other load hits all of them. They are started
 *    anew several times: one process's luck with the compiler does not decide.
 * 3. CPU is the time of all threads (user and system), up to the last span's export, divided by the calls.
 * 4. A ratio is the median over the rounds of each round's own ratio to `none`; in brackets the middle half of them.
 * 5. A few microseconds drown in the difference of two processes. Therefore the tap is also switched off and on in turn
 *    within one process, for a few calls at a time. `CPU/call` without it, what it adds and the ratio are of the turns
 *    that other load disturbed least, the first decile of each; beside them is the median of each turn's difference to
 *    its neighbour.
 *
 * `--client=openai-6`, `--modes=none,tap`, `--workloads=json,paced` and `--skip-memory` limit a run.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import {
  ABANDONED_AT_ONCE,
  type Measurement,
  median,
  type MemoryMeasurement,
  type Mode,
  type Order,
  quantile,
  type SwitchMeasurement,
  type Workload,
} from './measurement.ts';

const STARTS = 3;
const SWITCH_TURNS = 250;
/** Of the process in which the tap is switched, as a multiple: microseconds are measured in it. */
const SWITCH_WARM_UP = 5;
const ABANDONED_CALLS = 3000;
/** What the tap may hold for a call. */
const CALL_BYTES_MAX = 64 * 1024;
const HEAP_NOISE_BYTES = 512 * 1024;

/** OpenLLMetry knows openai before version 7 only. */
const MODES: Record<string, readonly Mode[]> = {
  'openai-6': ['none', 'none again', 'otel', 'openinference', 'openllmetry', 'tap'],
  openai: ['none', 'none again', 'otel', 'openinference', 'tap'],
};
/** Everything is measured with one of them, and with the other what differs. */
const ALL_WORKLOADS_CLIENT = 'openai-6';

interface Target {
  readonly text: string;
  isMet(tap: Comparison, noise: Comparison): boolean;
}

interface NamedWorkload extends Workload {
  readonly name: string;
  readonly title: string;
  readonly rounds: number;
  /** Before anything is measured: compilers need thousands of calls. */
  readonly warmUpCalls: number;
  readonly target?: Target;
  /** Whether it is also measured in one process, and the microseconds that are the target there. */
  readonly switched?: { readonly calls: number; readonly microsMax: number | undefined };
}

const WITHIN_NOISE: Target = {
  text: 'within the noise, which is the middle half of none again',
  isMet: (tap, noise) => tap.ratio <= Math.max(1, noise.ratioUpper),
};
const RATIO_1_10: Target = { text: 'CPU × 1.10 at most', isMet: ({ ratio }) => ratio <= 1.1 };

const STREAMS = { client: 'openai', calls: 10, concurrency: 10, rounds: 4, warmUpCalls: 20 } as const;
const SMALL = { route: 'json', calls: 50, concurrency: 1, rounds: 12, warmUpCalls: 500 } as const;

const WORKLOADS: readonly NamedWorkload[] = [
  {
    ...STREAMS,
    name: 'paced',
    title: 'paced streams: 200 events 1 ms apart, 10 streams at once',
    route: 'paced',
    target: WITHIN_NOISE,
  },
  {
    ...STREAMS,
    name: 'gzip',
    title: 'paced streams, gzip, each event flushed',
    route: 'gzip',
    target: WITHIN_NOISE,
  },
  {
    name: 'burst',
    title: 'streams whose 200 events come at once',
    route: 'burst',
    client: 'openai',
    calls: 8,
    concurrency: 1,
    rounds: 10,
    warmUpCalls: 50,
    switched: { calls: 1, microsMax: undefined },
  },
  {
    ...SMALL,
    name: 'json',
    title: 'small JSON calls, one after another',
    client: 'openai',
    warmUpCalls: 2000,
    target: RATIO_1_10,
    switched: { calls: 20, microsMax: 20 },
  },
  {
    ...SMALL,
    name: 'json-burst',
    title: 'small JSON calls, 50 at once',
    client: 'openai',
    concurrency: 50,
    target: RATIO_1_10,
    switched: { calls: 50, microsMax: 20 },
  },
  {
    ...SMALL,
    name: 'fetch',
    title: 'small JSON calls by fetch alone',
    client: 'fetch',
    switched: { calls: 20, microsMax: 20 },
  },
  {
    ...SMALL,
    name: 'other',
    title: 'requests that call no model, by fetch',
    client: 'other',
    target: WITHIN_NOISE,
    switched: { calls: 20, microsMax: undefined },
  },
];

const { values: options } = parseArgs({
  options: {
    client: { type: 'string' },
    modes: { type: 'string' },
    workloads: { type: 'string' },
    'skip-memory': { type: 'boolean', default: false },
  },
});

interface Comparison {
  readonly micros: number;
  readonly ratio: number;
  readonly ratioLower: number;
  readonly ratioUpper: number;
  readonly requestsPerSecond: number;
  /** In milliseconds: the median and the 99th percentile. */
  readonly first: readonly [number, number];
  readonly total: readonly [number, number];
  readonly spansPerCall: number;
}

type Rounds = ReadonlyMap<Mode, Measurement[]>;

/** A set of processes, one for each mode, that use the same SDK. */
interface Setting {
  readonly modes: readonly Mode[];
  readonly client: string;
  readonly origin: string;
}

async function ask<Answer>(child: ChildProcess, order: Order): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const onExit = (): void => reject(new Error('A measured process has ended.'));
  child.once('message', (answer) => resolve(answer as Answer)).once('exit', onExit);
  child.send(order);
  return promise.finally(() => child.off('exit', onExit));
}

async function startClient(mode: Mode, { client, origin }: Setting): Promise<ChildProcess> {
  const child = fork(new URL('measured-client.ts', import.meta.url), [mode, client, origin], {
    execArgv: ['--expose-gc', '--conditions=@costspan/source'],
    serialization: 'advanced',
  });
  await once(child, 'message');
  return child;
}

const orderOf = ({ route, client, calls, concurrency }: Workload): Workload => ({
  route,
  client,
  calls,
  concurrency,
});

async function warmUp(child: ChildProcess, workload: NamedWorkload, times: number): Promise<void> {
  const calls = workload.warmUpCalls * times;
  await ask(child, { kind: 'measure', workload: { ...orderOf(workload), calls } });
}

async function measureModes(
  setting: Setting,
  workloads: readonly NamedWorkload[],
): Promise<Map<NamedWorkload, Rounds>> {
  const { modes } = setting;
  const results = new Map(
    workloads.map((workload) => [workload, new Map(modes.map((mode) => [mode, [] as Measurement[]]))]),
  );
  for (let start = 0; start < STARTS; start++) {
    const children: ChildProcess[] = [];
    for (const mode of modes) children.push(await startClient(mode, setting));
    for (const [workload, rounds] of results) {
      for (const child of children) await warmUp(child, workload, 1);
      for (let round = 0; round < workload.rounds; round++) {
        for (let turn = 0; turn < modes.length; turn++) {
          const index = (turn + round) % modes.length;
          const order: Order = { kind: 'measure', workload: orderOf(workload) };
          rounds.get(modes[index] as Mode)?.push(await ask(children[index] as ChildProcess, order));
        }
      }
    }
    for (const child of children) child.disconnect();
  }
  return results;
}

function compare(
  { calls }: Workload,
  mode: readonly Measurement[],
  none: readonly Measurement[],
): Comparison {
  const ratios = mode.map(({ cpuMicros }, round) => cpuMicros / (none[round]?.cpuMicros ?? Number.NaN));
  const pooled = (pick: (measurement: Measurement) => readonly number[]): [number, number] => {
    const millis = mode.flatMap(pick);
    return [median(millis), quantile(millis, 0.99)];
  };
  return {
    micros: median(mode.map(({ cpuMicros }) => cpuMicros)) / calls,
    ratio: median(ratios),
    ratioLower: quantile(ratios, 0.25),
    ratioUpper: quantile(ratios, 0.75),
    requestsPerSecond: (calls * 1000) / median(mode.map(({ wallMillis }) => wallMillis)),
    first: pooled(({ firstMillis }) => firstMillis),
    total: pooled(({ totalMillis }) => totalMillis),
    spansPerCall: median(mode.map(({ spansStarted }) => spansStarted)) / calls,
  };
}

const verdict = (text: string, isMet: boolean): void =>
  console.log(`    target for the tap: ${text}: ${isMet ? 'met' : 'NOT MET'}`);

/** The first column, then the others. */
function printRow(title: string, cells: readonly (readonly [text: string, width: number])[]): void {
  console.log(title.padEnd(20) + cells.map(([text, width]) => text.padStart(width)).join(''));
}

const WIDTHS = [10, 24, 12, 20, 20, 12] as const;
const row = (title: string, cells: readonly string[]): void =>
  printRow(
    title,
    cells.map((cell, index) => [cell, WIDTHS[index] ?? 12]),
  );

const pair = ([middle, tail]: readonly [number, number]): string =>
  Number.isNaN(middle) ? '' : `${middle.toFixed(2)} / ${tail.toFixed(2)}`;

function printWorkload(workload: NamedWorkload, rounds: Rounds): void {
  const none = rounds.get('none') ?? [];
  console.log(`\n  ${workload.title}, ${none.length} rounds of ${workload.calls}`);
  row('', ['CPU/call', 'ratio to none', 'calls/s', 'first event, ms', 'whole call, ms', 'spans/call']);
  const comparisons = new Map(
    [...rounds].map(([mode, measured]) => [mode, compare(workload, measured, none)]),
  );
  for (const [mode, it] of comparisons) {
    row(`    ${mode}`, [
      `${it.micros.toFixed(0)} µs`,
      `× ${it.ratio.toFixed(2)} (${it.ratioLower.toFixed(2)} to ${it.ratioUpper.toFixed(2)})`,
      it.requestsPerSecond.toFixed(0),
      pair(it.first),
      pair(it.total),
      it.spansPerCall.toFixed(2),
    ]);
  }
  const [tap, noise] = [comparisons.get('tap'), comparisons.get('none again')];
  if (workload.target && tap && noise) verdict(workload.target.text, workload.target.isMet(tap, noise));
}

async function printSwitched(setting: Setting, workloads: readonly NamedWorkload[]): Promise<void> {
  console.log(`\n  the tap off and on in turn in one process, ${SWITCH_TURNS} turns each`);
  printRow(''.padEnd(46), [
    ['CPU/call', 10],
    ['added', 10],
    ['ratio', 10],
    ['added in the median turn, µs', 36],
  ]);
  const child = await startClient('tap', setting);
  for (const workload of workloads) {
    if (!workload.switched) continue;
    await warmUp(child, workload, SWITCH_WARM_UP);
    const { calls, microsMax } = workload.switched;
    const order: Order = { kind: 'switch', workload: { ...orderOf(workload), calls }, turns: SWITCH_TURNS };
    const { off, on } = await ask<SwitchMeasurement>(child, order);
    const added = on.map((micros, turn) => micros - (off[turn] ?? Number.NaN));
    const undisturbed = quantile(on, 0.1) - quantile(off, 0.1);
    printRow(`    ${workload.title}`.padEnd(46), [
      [`${quantile(off, 0.1).toFixed(0)} µs`, 10],
      [`${undisturbed.toFixed(1)} µs`, 10],
      [`× ${(quantile(on, 0.1) / quantile(off, 0.1)).toFixed(3)}`, 10],
      [
        `${median(added).toFixed(1)} (${quantile(added, 0.25).toFixed(1)} to ${quantile(added, 0.75).toFixed(1)})`,
        26,
      ],
    ]);
    if (microsMax !== undefined) verdict(`${microsMax} µs per call at most`, undisturbed <= microsMax);
  }
  child.disconnect();
}

const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(2)} MiB`;

async function printMemory(
  title: string,
  order: Order & { readonly calls: number },
  setting: Setting,
): Promise<void> {
  console.log(`\n  memory: ${title}`);
  row('', ['at peak', 'kept after', 'spans', 'spans never ended', 'unhandled']);
  const results = new Map<Mode, MemoryMeasurement>();
  for (const mode of setting.modes) {
    if (mode === 'none again') continue;
    const child = await startClient(mode, setting);
    const it = await ask<MemoryMeasurement>(child, order);
    child.disconnect();
    results.set(mode, it);
    row(`    ${mode}`, [
      mebibytes(it.peak - it.before),
      mebibytes(it.after - it.before),
      String(it.spansStarted),
      String(it.spansOpen),
      String(it.unhandledRejections),
    ]);
  }
  const [tap, none] = [results.get('tap'), results.get('none')];
  if (!tap || !none) return;
  const inFlight = Math.min(order.calls, ABANDONED_AT_ONCE) * CALL_BYTES_MAX;
  const isFlat =
    tap.spansStarted === order.calls &&
    tap.spansOpen === 0 &&
    tap.peak - tap.before <= none.peak - none.before + inFlight + HEAP_NOISE_BYTES &&
    tap.after - tap.before <= none.after - none.before + HEAP_NOISE_BYTES;
  verdict('every call is over; 64 KiB above none for each in flight, nothing after (± 0.5 MiB)', isFlat);
}

const server = fork(new URL('model-server.ts', import.meta.url), { execArgv: [] });
const [port] = (await once(server, 'message')) as [number];
const require = createRequire(import.meta.url);
const wantedModes = options.modes?.split(',');
const wantedWorkloads = options.workloads?.split(',');
for (const [client, all] of Object.entries(MODES)) {
  if (options.client !== undefined && options.client !== client) continue;
  const modes = all.filter((mode) => wantedModes?.includes(mode) ?? true);
  const setting = { modes, client, origin: `http://127.0.0.1:${port}` };
  const workloads = WORKLOADS.filter(
    (workload) =>
      (wantedWorkloads?.includes(workload.name) ?? true) &&
      (client === ALL_WORKLOADS_CLIENT || workload.name === 'json' || workload.name === 'burst'),
  );
  const { VERSION: version } = require(`${client}/version`) as { VERSION: string };
  console.log(`\nA chat client with openai ${version}, Node ${process.version}; latencies are p50 / p99`);
  for (const [workload, rounds] of await measureModes(setting, workloads)) printWorkload(workload, rounds);
  if (client !== ALL_WORKLOADS_CLIENT) continue;
  if (modes.includes('tap')) await printSwitched(setting, workloads);
  if (options['skip-memory']) continue;
  await printMemory('a stream of 16 MiB', { kind: 'large stream', calls: 1 }, setting);
  await printMemory(
    `${ABANDONED_CALLS} streams left early, aborted or never read`,
    { kind: 'abandon', calls: ABANDONED_CALLS },
    setting,
  );
}
server.disconnect();
