import { setTimeout as delay } from 'node:timers/promises';

/** Stands before each line in which a run tells of a scenario; instrumentations print lines of their own. */
export const SCENARIO_LINE_PREFIX = 'costspan-scenario ';

/** Between two scenarios, so that what is served and what is recorded falls into one of them by its time. */
const PAUSE_MILLIS = 40;

export interface ScenarioOptions {
  /**
   * The consumer leaves the stream early. How much of the answer the provider had produced by then is a race, so
   * its tokens are not compared.
   */
  readonly brokenOff?: boolean;
}

/** What a run tells of one scenario. */
export interface ScenarioReport {
  readonly name: string;
  readonly brokenOff: boolean;
  readonly startUnixMillis: number;
  readonly endUnixMillis: number;
  /** The class of what the application caught, which may be of the provider's or of the instrumentation's making. */
  readonly error: string | null;
}

/**
 * Performs one scenario and tells the harness when it ran and whether it failed. A failure is no failure of the
 * run: some scenarios are refused on purpose, and some instrumentations break the call.
 */
export async function scenario(
  name: string,
  perform: () => Promise<unknown>,
  options: ScenarioOptions = {},
): Promise<void> {
  await delay(PAUSE_MILLIS);
  const startUnixMillis = Date.now();
  let error: string | null = null;
  try {
    await perform();
  } catch (thrown) {
    error = thrown instanceof Error ? thrown.constructor.name : typeof thrown;
  }
  const endUnixMillis = Date.now();
  const report: ScenarioReport = {
    name,
    brokenOff: options.brokenOff ?? false,
    startUnixMillis,
    endUnixMillis,
    error,
  };
  console.log(`${SCENARIO_LINE_PREFIX}${JSON.stringify(report)}`);
  await delay(PAUSE_MILLIS);
}
