import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CostRecord } from '@costspan/cost-model';
import { type LedgerEntry, startProviderEmulator } from '@costspan-examples/provider-emulator';
import { runToEnd } from './child-process.ts';
import { enrichSpans } from './enrich-spans.ts';
import type { Group } from './group.ts';
import { SCENARIO_LINE_PREFIX, type ScenarioReport } from './scenario.ts';
import { sourceConditions } from './source-conditions.ts';
import { startTraceReceiver } from './trace-receiver.ts';

const RUN_TIMEOUT_MILLIS = 90_000;
const EMULATOR_SEED = 4;
const WIRE_TAP = fileURLToPath(new URL('wire-tap.ts', import.meta.url));

/** What the provider served and what was recorded of it, under one instrumentation. */
export interface Measurement {
  readonly scenarios: readonly ScenarioReport[];
  readonly served: readonly LedgerEntry[];
  readonly records: readonly CostRecord[];
  /** How the program ended when it did not end well. */
  readonly failure: string | undefined;
  /** The end of what the program printed, for whoever has to find out. */
  readonly tail: string;
}

/** An instrumentation alone, or with usage read on the wire beside it. */
export type Variant = 'alone' | 'with_wire';

/** Performs a group's scenarios under one of its instrumentations and costs the spans that come of it. */
export async function runGroup({ folder }: Group, run: string, variant: Variant): Promise<Measurement> {
  const emulator = await startProviderEmulator({ seed: EMULATOR_SEED, faults: false });
  const receiver = await startTraceReceiver();
  const preload = variant === 'alone' ? [] : [...sourceConditions, '--import', WIRE_TAP];
  try {
    const { failure, stdout, tail } = await runToEnd({
      file: process.execPath,
      args: [...preload, 'run.mjs', run],
      cwd: folder,
      env: {
        EMULATOR_URL: emulator.url,
        OPENAI_BASE_URL: `${emulator.url}/v1`,
        OPENAI_API_KEY: 'none',
        ANTHROPIC_BASE_URL: emulator.url,
        ANTHROPIC_API_KEY: 'none',
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.url,
      },
      timeoutMillis: RUN_TIMEOUT_MILLIS,
    });
    const otlp = receiver.file();
    const keep = process.env['COSTSPAN_KEEP_OTLP'];
    if (keep !== undefined) writeFileSync(variant === 'alone' ? keep : `${keep}.with_wire`, otlp);
    return {
      scenarios: readScenarios(stdout),
      served: emulator.ledger(),
      records: await enrichSpans(otlp),
      failure: failure === undefined ? undefined : [failure, thrownError(tail)].filter(Boolean).join(': '),
      tail,
    };
  } finally {
    await receiver.close();
    await emulator.close();
  }
}

/** The error that ended a program, as Node prints it. */
function thrownError(tail: string): string | undefined {
  return /^\w*Error: .*$/m.exec(tail)?.[0];
}

function readScenarios(stdout: string): ScenarioReport[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith(SCENARIO_LINE_PREFIX))
    .map((line) => JSON.parse(line.slice(SCENARIO_LINE_PREFIX.length)) as ScenarioReport);
}
