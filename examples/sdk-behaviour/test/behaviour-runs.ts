import { type ProviderEmulator, startProviderEmulator } from '@costspan-examples/provider-emulator';
import { expect } from 'vitest';
import { type BehaviourServer, startBehaviourServer } from '../src/behaviour-server.ts';
import { type ModeReport, runInMode, type RunInModeOptions } from '../src/run-in-mode.ts';

/** Runs applications, one after the other, against one server. */
export class BehaviourRuns {
  readonly #emulator: ProviderEmulator;
  readonly #server: BehaviourServer;

  private constructor(emulator: ProviderEmulator, server: BehaviourServer) {
    this.#emulator = emulator;
    this.#server = server;
  }

  static async start(): Promise<BehaviourRuns> {
    const emulator = await startProviderEmulator({ faults: false });
    return new BehaviourRuns(emulator, await startBehaviourServer(emulator.url));
  }

  /** `COSTSPAN_TEST_NODE` names another Node than the one that runs the tests. */
  run(options: RunInModeOptions): Promise<ModeReport> {
    return runInMode(this.#server, { node: process.env['COSTSPAN_TEST_NODE'], ...options });
  }

  /**
   * Runs an application, which has to see and to send the same as another one.
   *
   * What differs is run again, both ways, and counts only when it differs again: now and then a client itself is not the
   * same twice on a busy machine.
   */
  async expectSame(
    options: RunInModeOptions,
    reference: { readonly options: RunInModeOptions; readonly report: ModeReport },
    comparison: Comparison = {},
  ): Promise<ModeReport> {
    const report = await this.run(options);
    const different = differences(report, reference.report, comparison);
    expect(
      different.length === 0 ? [] : await this.#recurring(different, options, reference.options, comparison),
    ).toEqual([]);
    expect(report.exitCode).toBe(0);
    expect(report.resources).toEqual(reference.report.resources);
    return report;
  }

  async #recurring(
    different: readonly Difference[],
    options: RunInModeOptions,
    referenceOptions: RunInModeOptions,
    comparison: Comparison,
  ): Promise<Difference[]> {
    const only = [...new Set(different.map(({ behaviour }) => behaviour.split(': ')[0]))].join(',');
    const reference = await this.run({ ...referenceOptions, only });
    const again = differences(await this.run({ ...options, only }), reference, comparison);
    return different.filter(({ behaviour }) => again.some((other) => other.behaviour === behaviour));
  }

  async close(): Promise<void> {
    await this.#server.close();
    await this.#emulator.close();
  }
}

/** What OpenTelemetry's own instrumentation of HTTP clients adds to a request. */
const PROPAGATED_HEADERS = new Set(['traceparent', 'tracestate', 'baggage']);

interface Comparison {
  /** True where OpenTelemetry's own instrumentation sends the trace's identity along. */
  readonly ignoresPropagation?: boolean;
}

interface Difference {
  readonly behaviour: string;
  readonly actual: unknown;
  readonly expected: unknown;
}

/** The behaviours in which two runs differ; a diff of the whole reports would have thousands of lines. */
export function differences(
  actual: ModeReport,
  expected: ModeReport,
  { ignoresPropagation = false }: Comparison = {},
): Difference[] {
  const requests = ({ requests: all }: ModeReport): Record<string, unknown> =>
    ignoresPropagation ? withoutPropagation(all) : all;
  return [
    ...fieldDifferences(actual.outcomes, expected.outcomes),
    ...fieldDifferences(requests(actual), requests(expected)),
  ];
}

function fieldDifferences(
  actual: Readonly<Record<string, unknown>>,
  expected: Readonly<Record<string, unknown>>,
): Difference[] {
  const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...names]
    .filter((name) => JSON.stringify(actual[name]) !== JSON.stringify(expected[name]))
    .map((behaviour) => ({ behaviour, actual: actual[behaviour], expected: expected[behaviour] }));
}

function withoutPropagation(requests: ModeReport['requests']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(requests).map(([behaviour, sent]) => [
      behaviour,
      sent
        .map((request) => ({
          ...request,
          headers: request.headers.filter(([name]) => !PROPAGATED_HEADERS.has(name)),
        }))
        .toSorted(byText),
    ]),
  );
}

function byText(left: unknown, right: unknown): number {
  return JSON.stringify(left) < JSON.stringify(right) ? -1 : 1;
}

/** How many spans with usage from the wire each behaviour led to, and what they say, in an order that is fixed. */
export function spanTable({ outcomes, spans }: ModeReport): string {
  return Object.keys(outcomes)
    .map((behaviour) => [behaviour, ...(spans[behaviour] ?? []).map(spanLine).toSorted()].join('\n  '))
    .join('\n');
}

function spanLine({ name, attributes }: ModeReport['spans'][string][number]): string {
  const field = (key: string, attribute: string): string =>
    attributes[attribute] === undefined ? '' : ` ${key}=${JSON.stringify(attributes[attribute])}`;
  return [
    name,
    field('in', 'gen_ai.usage.input_tokens'),
    field('out', 'gen_ai.usage.output_tokens'),
    field('stream', 'gen_ai.request.stream'),
    field('finish', 'gen_ai.response.finish_reasons'),
    field('missing', 'costspan.usage.missing'),
    field('error', 'error.type'),
  ].join('');
}
