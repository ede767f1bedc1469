export type { TapFailure } from './call-tap.ts';
export type { WireEndpoint } from './wire-endpoint.ts';
export { WireInstrumentation, type WireInstrumentationConfig } from './wire-instrumentation.ts';
