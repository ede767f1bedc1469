export { setCostAttribution, withCostAttribution } from '@costspan/processor';
export { type LoadedConfig, loadConfig } from './load-config.ts';
export { openPrices } from './open-prices.ts';
export { costspanInstrumentations, type RunningCostspan, startCostspan } from './start-costspan.ts';
