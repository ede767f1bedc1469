/** A gateway in a process of its own that tells how long its event loop was blocked and how much memory it took. */
import { startTestGateway } from './test-gateway.ts';

const TICK_MILLIS = 2;

/** What happened since it was asked the last time. */
export interface ProcessFigures {
  /** The most that the event loop computed in one go: not the time that other processes had the processor. */
  readonly blockedMillis: number;
  /** The most that was resident at any time, in mebibytes. */
  readonly peakMebibytes: number;
  readonly logText: string;
}

/** Of the main thread, where Node can tell it; otherwise garbage collection and decompression beside it are counted too. */
function cpuMillis(): number {
  const { threadCpuUsage = () => process.cpuUsage() } = process as Partial<NodeJS.Process>;
  const { user, system } = threadCpuUsage();
  return (user + system) / 1000;
}

let blockedMillis = 0;
let atLastTick = cpuMillis();
setInterval(() => {
  const now = cpuMillis();
  blockedMillis = Math.max(blockedMillis, now - atLastTick);
  atLastTick = now;
}, TICK_MILLIS);

const gateway = await startTestGateway();

process.on('message', () => {
  const figures: ProcessFigures = {
    blockedMillis,
    peakMebibytes: process.resourceUsage().maxRSS / 1024,
    logText: gateway.log.join('\n'),
  };
  blockedMillis = 0;
  process.send?.(figures);
});
process.once('SIGTERM', () => void gateway.stop().then(() => process.exit()));
// A test that fails leaves without stopping it.
process.once('disconnect', () => void gateway.stop().then(() => process.exit()));
process.send?.(gateway.url);
