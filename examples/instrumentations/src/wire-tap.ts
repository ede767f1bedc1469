/**
 * `node --import` of this file reads usage on the wire beside whatever instrumentation the program sets up.
 *
 * The tap uses the copy of OpenTelemetry's API that the program has, as it does in a service, where a package manager
 * installs one for all.
 */
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const API = '@opentelemetry/api';
const program = process.argv[1];
if (program === undefined) throw new Error('there is no program to listen to');
const parentURL = pathToFileURL(program).href;

const hooks = registerHooks({
  resolve: (specifier, context, nextResolve) =>
    nextResolve(specifier, specifier === API ? { ...context, parentURL } : context),
});
const { trace }: typeof import('@opentelemetry/api') = await import(API);
const { WireInstrumentation } = await import('@costspan/instrumentation');
hooks.deregister();

// The program registers its tracer provider later, some with a copy of the API that is bundled.
new WireInstrumentation().setTracerProvider({
  getTracer: (...scope) => ({
    startSpan: (...args) => trace.getTracer(...scope).startSpan(...args),
    startActiveSpan: (...args: [string, never, never, never]) =>
      trace.getTracer(...scope).startActiveSpan(...args),
  }),
});
