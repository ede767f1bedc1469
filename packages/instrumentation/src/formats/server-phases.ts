import type { CallPhases } from '@costspan/cost-model';
import {
  durationNanos,
  durationSum,
  durationWithout,
  type JsonFields,
  NANOS_PER_MILLI,
  NANOS_PER_SECOND,
} from '@costspan/semconv';
import type { WireResponseHead } from '../wire-format.ts';

const MILLIS = /^\d{1,12}$/;

/**
 * Ollama's, in nanoseconds; what took none is left out of the answer. `load_duration` contains the wait for a model that
 * is being loaded, or for a place where none is free. Embeddings state the total and the loading.
 *
 * @see `Metrics` in https://github.com/ollama/ollama/blob/main/api/types.go, and `ChatHandler` in `server/routes.go`
 */
export function ollamaPhases(fields: JsonFields): CallPhases | undefined {
  const nanos = (key: string): number | undefined => durationNanos(fields[key] ?? 0, 1);
  // A model with a cloud behind it computes on other hardware.
  if (durationNanos(fields['total_duration'], 1) === undefined || fields['remote_host'] !== undefined)
    return undefined;
  const loadNanos = nanos('load_duration');
  return fields['done'] === undefined
    ? { loadNanos, computeNanos: durationWithout(nanos('total_duration'), loadNanos) }
    : { loadNanos, prefillNanos: nanos('prompt_eval_duration'), decodeNanos: nanos('eval_duration') };
}

/**
 * The `timings` of llama.cpp's server, in milliseconds. It does not say how long a request waited for a slot.
 *
 * @see https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
 */
export function llamaPhases(timings: JsonFields): CallPhases | undefined {
  const prefillNanos = durationNanos(timings['prompt_ms'], NANOS_PER_MILLI);
  const decodeNanos = durationNanos(timings['predicted_ms'], NANOS_PER_MILLI);
  return prefillNanos === undefined || decodeNanos === undefined ? undefined : { prefillNanos, decodeNanos };
}

/**
 * The headers of Text Generation Inference, in milliseconds: before a request is queued it is checked. Streams have none.
 *
 * @see https://github.com/huggingface/text-generation-inference/blob/main/router/src/server.rs
 */
export function tgiPhases(head: WireResponseHead): CallPhases | undefined {
  const nanos = (header: string): number | undefined => {
    const millis = head.header(header);
    return millis !== undefined && MILLIS.test(millis)
      ? durationNanos(Number(millis), NANOS_PER_MILLI)
      : undefined;
  };
  const computeNanos = nanos('x-inference-time');
  if (computeNanos === undefined) return undefined;
  const queueNanos = durationSum(nanos('x-validation-time') ?? 0, nanos('x-queue-time'));
  return { queueNanos, computeNanos };
}

/**
 * The `meta_info` of SGLang, in seconds, where its metrics are on: `inference_time` begins when the first batch with the
 * request does, so that all before it was waiting. 250 ms in all, of which 200 are inference, are 50 ms of waiting.
 *
 * @see `convert_to_output_meta_info` in
 * https://github.com/sgl-project/sglang/blob/main/python/sglang/srt/observability/req_time_stats.py
 */
export function sglangPhases(metaInfo: JsonFields): CallPhases | undefined {
  const nanos = (key: string): number | undefined => durationNanos(metaInfo[key], NANOS_PER_SECOND);
  const computeNanos = nanos('inference_time');
  const waited = durationWithout(nanos('e2e_latency'), computeNanos);
  if (waited !== undefined) return { queueNanos: waited, computeNanos };
  const queueNanos = nanos('queue_time');
  return queueNanos === undefined ? undefined : { queueNanos };
}
