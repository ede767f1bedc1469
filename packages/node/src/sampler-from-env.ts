import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import { warn } from './warn.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The sampler that `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` ask for; by default the specification's
 * `parentbased_always_on`. An empty variable is an unset one.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration
 */
export function samplerFromEnv(env: Environment): Sampler {
  const name = env['OTEL_TRACES_SAMPLER'] || 'parentbased_always_on';
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio(env));
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio(env)) });
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    default:
      warn(`OTEL_TRACES_SAMPLER: unknown sampler "${name}"; parentbased_always_on is used`);
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
  }
}

function ratio(env: Environment): number {
  const value = Number(env['OTEL_TRACES_SAMPLER_ARG'] || '1');
  if (value >= 0 && value <= 1) return value;
  warn(`OTEL_TRACES_SAMPLER_ARG: "${env['OTEL_TRACES_SAMPLER_ARG']}" is not between 0 and 1; 1 is used`);
  return 1;
}
