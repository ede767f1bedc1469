import { writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { GOODBYE_PATH } from './goodbye.ts';
import { isMode } from './mode.ts';
import type { Outcome } from './run-behaviours.ts';
import type { LoadModule } from './sdks.ts';
import type { SeenSpan } from './spans-by-behaviour.ts';
import { startMode } from './start-mode.ts';

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
  // Instrumentations patch what is loaded after them, `node:http` included.
  const { runBehaviours } = await import('./run-behaviours.ts');
  const outcomes = await runBehaviours({
    load,
    url,
    http2Url,
    only,
    loaded: running.loaded,
    within: running.within,
  });
  const settled = { spans: running.spans(), failures: running.failures() };
  await running.stop();
  await delay(50);
  const resources = [...new Set(process.getActiveResourcesInfo())].toSorted();
  const report: AppReport = { outcomes, resources, ...settled };
  writeFileSync(reportFile, JSON.stringify(report));
  await fetch(`${url}${GOODBYE_PATH}`);
}
