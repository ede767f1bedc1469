/**
 * A gateway in a process of its own, for tests that kill it: `gateway-process.ts DATA_FOLDER`. It sends its address
 * to its parent, and its peak memory in KiB for every message.
 */
import { type CostspanConfig, defaultConfig } from '@costspan/config';
import { startGateway } from '../src/gateway.ts';

const [, , path = ''] = process.argv;
const defaults = defaultConfig();
if (!defaults.ok) throw new Error('the default configuration must be valid');
const config: CostspanConfig = {
  ...defaults.config,
  gateway: {
    ...defaults.config.gateway,
    listen: { host: '127.0.0.1', port: 0 },
  },
  store: { kind: 'duckdb', path },
};
const started = await startGateway(config);
if (!started.ok) throw new Error(started.error.message);
process.send?.(started.gateway.url);
process.on('message', () => process.send?.(process.resourceUsage().maxRSS));
process.once('SIGTERM', () => void started.gateway.stop().then(() => process.disconnect?.()));
// A test that fails leaves without stopping it.
process.once('disconnect', () => void started.gateway.stop().then(() => process.exit()));
