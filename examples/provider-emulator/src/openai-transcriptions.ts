import { inputTokenTotal, outputTokenTotal, type TokenUsage } from '@costspan/cost-model';
import type OpenAI from 'openai';
import { z } from 'zod';
import { tokenCount } from './draw-answer.ts';
import { openAiError } from './openai-usage.ts';
import {
  requestWithoutAnswer,
  type ModelAnswer,
  type WireApi,
  type WireCall,
  type WireEvent,
} from './wire-api.ts';

/** A recording's length is guessed from its size: 16 kHz, 16 bits, one channel. */
const BYTES_PER_SECOND = 32_000;
const AUDIO_TOKENS_PER_SECOND = 10;

const formSchema = z.looseObject({
  model: z.string(),
  file: z.instanceof(Blob),
  prompt: z.string().optional(),
  response_format: z.enum(['json', 'verbose_json', 'text', 'srt', 'vtt']).default('json'),
  stream: z.enum(['true', 'false']).optional(),
});

/**
 * `POST /v1/audio/transcriptions`: Whisper states the seconds, the models after it tokens, in the body or in
 * `transcript.text.done`. A plain text states nothing.
 */
export const openAiTranscriptions: WireApi = {
  path: '/v1/audio/transcriptions',
  api: 'transcriptions',
  provider: 'openai',
  read: readTranscriptions,
  error: openAiError,
};

function readTranscriptions(input: unknown): WireCall {
  const form = formSchema.parse(input);
  const seconds = Math.max(1, Math.ceil(form.file.size / BYTES_PER_SECOND));
  const isWhisper = form.model.startsWith('whisper');
  const isJson = form.response_format === 'json' || form.response_format === 'verbose_json';
  return {
    request: {
      ...requestWithoutAnswer(form.model, form.prompt),
      // Whisper streams nothing, whatever it is asked.
      streamed: form.stream === 'true' && !isWhisper,
      drawUsage: (random) =>
        isWhisper
          ? { seconds }
          : {
              ...(form.prompt !== undefined && { input: tokenCount(form.prompt.length) }),
              inputAudio: seconds * AUDIO_TOKENS_PER_SECOND,
              output: random.integer(20, 400),
            },
    },
    usageReported: isJson,
    responseId: () => null,
    body: (answer) => transcription(answer, form.response_format === 'verbose_json'),
    ...(!isJson && {
      rawBody: (answer) => ({
        contentType: 'text/plain; charset=utf-8',
        bytes: `${answer.textPieces.join('')}\n`,
      }),
    }),
    events: transcriptionEvents,
  };
}

function transcription(
  { textPieces, usage }: ModelAnswer,
  isVerbose: boolean,
): OpenAI.Audio.Transcription | OpenAI.Audio.TranscriptionVerbose {
  const text = textPieces.join('');
  const { seconds } = usage;
  if (seconds === undefined) return { text, usage: tokens(usage) };
  const duration = { type: 'duration' as const, seconds };
  if (!isVerbose) return { text, usage: duration };
  return { text, language: 'english', duration: seconds, segments: [], usage: duration };
}

function tokens(usage: TokenUsage): OpenAI.Audio.Transcription.Tokens {
  const inputTokens = inputTokenTotal(usage);
  const outputTokens = outputTokenTotal(usage);
  return {
    type: 'tokens',
    input_tokens: inputTokens,
    input_token_details: { text_tokens: usage.input ?? 0, audio_tokens: usage.inputAudio ?? 0 },
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
}

function transcriptionEvents({ textPieces, usage }: ModelAnswer): WireEvent[] {
  return [
    ...textPieces.map((delta) => ({ data: { type: 'transcript.text.delta', delta }, isPiece: true })),
    { data: { type: 'transcript.text.done', text: textPieces.join(''), usage: tokens(usage) } },
  ];
}
