/**
 * `node --import` of this file reads usage on the wire beside whatever instrumentation the program sets up.
 *
 * The tap uses the copies of OpenTelemetry's packages that the program has, as it does in a service, where a package
 * manager installs one for all.
 */
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const SHARED = new Set(['@opentelemetry/api', '@opentelemetry/instrumentation']);
const program = process.argv[1];
if (program === undefined) throw new Error('there is no program to listen to');
const parentURL = pathToFileURL(program).href;

const hooks = registerHooks({
  resolve: (specifier, context, nextResolve) =>
    nextResolve(specifier, SHARED.has(specifier) ? { ...context, parentURL } : context),
});
const { ProxyTracer, trace } = await import('@opentelemetry/api');
const { WireInstrumentation } = await import('@costspan/instrumentation');
hooks.deregister();

// Elsewhere the host tells that it is Mistral's; the address of Gemini CLI's provider is none of the emulator's.
const emulator = URL.parse(process.env['EMULATOR_URL'] ?? '');
const endpoints =
  emulator === null ? [] : [{ address: emulator.host, pathPrefix: '/mistral', provider: 'mistral_ai' }];

// The program registers its tracer provider later, some with a copy of the API that is bundled.
const registered = {
  getDelegateTracer: (...scope: Parameters<typeof trace.getTracer>) => trace.getTracer(...scope),
};
const tap = new WireInstrumentation({ endpoints });
tap.setTracerProvider({ getTracer: (name, version) => new ProxyTracer(registered, name, version) });
Object.assign(globalThis, { costspanWireTap: tap });
