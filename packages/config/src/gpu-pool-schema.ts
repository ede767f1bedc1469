import type { GpuBasis, GpuMethod, GpuPool, IdlePolicy, LatePolicy } from '@costspan/cost-model';
import { z } from 'zod';
import { checkGpuPool } from './check-gpu-pool.ts';
import { gpuRates } from './gpu-rate-schema.ts';
import { overhead } from './overhead-schema.ts';
import { textPatterns } from './text-patterns-schema.ts';

const POOLS_MAX = 200;
const NAME_CHARACTERS_MAX = 256;
const GPUS_LIMIT = 100_000;
const INSTANCES_LIMIT = 100_000;
const REPLICAS_LIMIT = 10_000;
const REPLICA_KEYS_MAX = 16;
const CAPACITY_LIMIT = 1_000_000;
const RESERVATIONS_MAX = 1000;
const SHARE_LIMIT = 1_000_000_000;
const TOKEN_WEIGHT_LIMIT = 1_000_000;
const DAY_SECONDS = 86_400;
const LATENESS_SECONDS_LIMIT = 7 * DAY_SECONDS;
const FINAL_HOURS_LIMIT = 24 * 366;

const WINDOW_SECONDS_DEFAULT = 60;
/** Requests that come now and then would each carry a whole minute. */
const THROUGHPUT_WINDOW_SECONDS_DEFAULT = 3600;

const METHODS = ['time_share', 'tokens', 'throughput'] as const satisfies GpuMethod[];
const BASES = ['concurrency', 'slots', 'measured'] as const satisfies GpuBasis[];
const IDLE_POLICIES = [
  'separate',
  'proportional',
  'even',
  'owner',
  'reserved',
] as const satisfies IdlePolicy[];
const LATE_POLICIES = ['reopen', 'idle_only', 'drop'] as const satisfies LatePolicy[];

const name = z.string().min(1).max(NAME_CHARACTERS_MAX);
const tokenWeight = z.number().min(0).max(TOKEN_WEIGHT_LIMIT);

const instance = z
  .strictObject({
    type: name.describe('The instance type, as the cloud calls it, such as "p5.48xlarge".'),
    count: z.int().min(1).max(INSTANCES_LIMIT).default(1).describe('How many of them.'),
  })
  .optional()
  .describe('What is rented. It is shown, and nothing is computed from it.');

const reserved = z
  .array(
    z.strictObject({
      tenant: name.describe('The tenant that booked a part.'),
      share: z.int().min(1).max(SHARE_LIMIT).describe('Its part, in whole numbers of any unit.'),
    }),
  )
  .max(RESERVATIONS_MAX)
  .default([])
  .describe('Booked parts of the pool, which carry its idle cost under idle: reserved.');

const tokenWeights = z
  .strictObject({
    input: tokenWeight.default(1).describe('Weight of an input token.'),
    cached: tokenWeight.default(0).describe('Weight of an input token that was read from the prefix cache.'),
    output: tokenWeight.default(2).describe('Weight of an output token.'),
  })
  .prefault({})
  .describe('How much a token counts under method: tokens.');

const gpuPoolFile = z.strictObject({
  name: name.describe('Names the pool in records, metrics and tables; unique in the list.'),
  owner: name
    .optional()
    .describe('The team or tenant that answers for it, and carries its idle cost under idle: owner.'),
  match: textPatterns({ keysMin: 1 }).describe(
    'Which calls it serves: attribute names of the span or its resource, each with a text or a list of texts, where ' +
      '* stands for any text. All of them must fit, and no call may fit two pools.',
  ),
  instance,
  gpus: z
    .number()
    .positive()
    .max(GPUS_LIMIT)
    .default(1)
    .describe('GPUs of the whole pool; a slice of one is a fraction.'),
  replicas: z
    .int()
    .min(1)
    .max(REPLICAS_LIMIT)
    .default(1)
    .describe('Equal parts that batch requests by themselves, such as engines behind a balancer.'),
  replica_keys: z
    .array(name)
    .min(1)
    .max(REPLICA_KEYS_MAX)
    .default(['service.instance.id'])
    .describe('Attribute names that tell which replica served a call; the first that is present counts.'),
  rates: gpuRates,
  method: z
    .enum(METHODS)
    .default('time_share')
    .describe(
      "How a cost becomes the requests': time_share by the time in which they were active, tokens likewise but " +
        'weighed by their tokens, throughput equally among those that started in a window.',
    ),
  basis: z
    .enum(BASES)
    .default('concurrency')
    .describe(
      'What a request is charged while capacity is left: concurrency all of it, slots one slot of the capacity, ' +
        'measured the time that a profiler reported.',
    ),
  capacity: z
    .int()
    .min(1)
    .max(CAPACITY_LIMIT)
    .optional()
    .describe('Requests that one replica can work on at once, such as max_num_seqs of vLLM.'),
  idle: z
    .enum(IDLE_POLICIES)
    .default('separate')
    .describe('Who carries the cost of the time in which nothing ran; separate: nobody.'),
  reserved,
  overhead: overhead
    .optional()
    .describe('Added on top of the hourly rate. Absent: the overhead of the file, if it has one.'),
  window_seconds: z
    .int()
    .min(1)
    .max(DAY_SECONDS)
    .optional()
    .describe(
      'Length of the windows that are settled; it divides a day. Default: 60, and 3600 for throughput.',
    ),
  lateness_seconds: z
    .int()
    .min(0)
    .max(LATENESS_SECONDS_LIMIT)
    .default(900)
    .describe('How long after the end of a window its requests may arrive; more than the longest one takes.'),
  late: z
    .enum(LATE_POLICIES)
    .default('reopen')
    .describe(
      'What becomes of a request that arrives later: reopen settles its windows again, idle_only takes from their ' +
        'idle time, drop leaves it without a cost there.',
    ),
  final_after_hours: z
    .int()
    .min(1)
    .max(FINAL_HOURS_LIMIT)
    .default(24)
    .describe(
      'Hours after which a window is not settled again; what is still late takes from its idle time.',
    ),
  token_weights: tokenWeights,
  devices: textPatterns({ keysMin: 0 })
    .prefault({})
    .describe('Labels of its devices in the metrics of DCGM or OpenTelemetry. Empty: every device.'),
  servers: textPatterns({ keysMin: 0 })
    .prefault({})
    .describe('Labels of its model servers in their own metrics. Empty: every server.'),
});

/** `pools` of the file. What they say against each other is looked at when everything else is right. */
export const gpuPools: z.ZodType<GpuPool[]> = z
  .array(gpuPoolFile.transform(toGpuPool).superRefine(checkGpuPool))
  .max(POOLS_MAX)
  .prefault([])
  .describe('Hardware that is paid by the hour and serves model calls. Empty: none.');

function toGpuPool(file: z.output<typeof gpuPoolFile>): GpuPool {
  return {
    name: file.name,
    owner: file.owner,
    match: file.match,
    instance: file.instance,
    gpus: file.gpus,
    replicas: file.replicas,
    replicaKeys: file.replica_keys,
    rates: file.rates,
    method: file.method,
    basis: file.basis,
    capacity: file.capacity,
    idle: file.idle,
    reserved: file.reserved,
    overhead: file.overhead,
    windowSeconds:
      file.window_seconds ??
      (file.method === 'throughput' ? THROUGHPUT_WINDOW_SECONDS_DEFAULT : WINDOW_SECONDS_DEFAULT),
    latenessSeconds: file.lateness_seconds,
    late: file.late,
    finalAfterHours: file.final_after_hours,
    tokenWeights: file.token_weights,
    devices: file.devices,
    servers: file.servers,
  };
}
