import { writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { GOODBYE_PATH } from './goodbye.ts';
import { isMode } from './mode.ts';
import { type Outcome, runBehaviours } from './run-behaviours.ts';
import type { LoadModule } from './sdks.ts';
import { type SeenSpan, startMode } from './start-mode.ts';

/** What the process writes down when it is done. */
export interface AppReport {
  readonly outcomes: Readonly<Record<string, Outcome>>;
  /** What holds the process open at the end, apart from idle connections. */
  readonly resources: readonly string[];
  readonly spans: Readonly<Record<string, readonly SeenSpan[]>>;
  readonly failures: Readonly<Record<string, number>>;
}

/** Runs the behaviours beside what the mode starts, writes the report, and leaves the process to end by itself. */
export async function runApp(load: LoadModule, args: readonly string[]): Promise<void> {
  const [mode, url = '', http2Url = '', reportFile = '', only] = args;
  if (!isMode(mode)) throw new Error(`no mode: ${mode}`);
  if (mode === 'others' || mode === 'tap-with-others') {
    register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
  }
  const running = await startMode(mode, load);
  const spans: Record<string, readonly SeenSpan[]> = {};
  const outcomes = await runBehaviours({
    load,
    url,
    http2Url,
    only,
    loaded: running.loaded,
    finished: (name) => {
      spans[name] = running.takeSpans();
    },
  });
  const failures = running.failures();
  await running.stop();
  await delay(50);
  const resources = [...new Set(process.getActiveResourcesInfo())].toSorted();
  const report: AppReport = { outcomes, resources, spans, failures };
  writeFileSync(reportFile, JSON.stringify(report));
  await fetch(`${url}${GOODBYE_PATH}`);
}
