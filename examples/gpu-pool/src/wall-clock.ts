import { setTimeout as delay } from 'node:timers/promises';

/** What an engine measures its steps by. */
export interface EngineClock {
  nowUnixNano(): bigint;
  sleep(millis: number): Promise<unknown>;
}

/** The system's time at the start of the process, carried on by a clock that never goes back. */
const ORIGIN_UNIX_NANO =
  BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n - process.hrtime.bigint();

export const wallClock: EngineClock = {
  nowUnixNano: () => ORIGIN_UNIX_NANO + process.hrtime.bigint(),
  sleep: (millis) => delay(millis),
};
