/**
 * Zero-code entry: `node --import @costspan/node/register app.js`.
 *
 * It starts the OpenTelemetry Node SDK with auto-instrumentation and the cost processor. Whatever fails is
 * reported on standard error, and the application starts all the same.
 */
import { register } from 'node:module';
import { createAddHookMessageChannel } from 'import-in-the-middle';
import { flushAtExit } from './flush-at-exit.ts';
import { loadConfig } from './load-config.ts';
import { openPrices } from './open-prices.ts';
import { costspanInstrumentations, startCostspan } from './start-costspan.ts';
import { warn } from './warn.ts';

try {
  // ES modules are instrumented by a loader hook, told through a channel which modules are wanted, so that
  // it leaves every other module of the application alone.
  const { registerOptions, waitForAllMessagesAcknowledged } = createAddHookMessageChannel();
  register('import-in-the-middle/hook.mjs', import.meta.url, registerOptions);
  const { config, folder, problems } = loadConfig(process.env);
  for (const problem of problems) warn(problem);
  const prices = openPrices(config, folder, warn);
  const running = startCostspan(config, costspanInstrumentations(process.env, config), process.env, prices);
  await waitForAllMessagesAcknowledged();
  flushAtExit(running);
} catch (error) {
  warn(`not started, the application runs without it: ${String(error)}`);
}
