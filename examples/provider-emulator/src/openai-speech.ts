import { inputTokenTotal, outputTokenTotal } from '@costspan/cost-model';
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

/** People speak about fifteen characters a second. */
const CHARACTERS_PER_SECOND = 15;
const AUDIO_TOKENS_PER_SECOND = 20;
const AUDIO = Buffer.alloc(4096, 0xff);

const bodySchema = z.looseObject({
  model: z.string(),
  input: z.string().min(1).max(4096),
  voice: z.unknown(),
  stream_format: z.enum(['sse', 'audio']).optional(),
});

/**
 * `POST /v1/audio/speech`: the sound, which states nothing; with `stream_format: 'sse'` events, of which the last,
 * `speech.audio.done`, states the tokens. The first models are billed by the character and know no events.
 */
export const openAiSpeech: WireApi = {
  path: '/v1/audio/speech',
  api: 'speech',
  provider: 'openai',
  read: readSpeech,
  error: openAiError,
};

function readSpeech(input: unknown): WireCall {
  const body = bodySchema.parse(input);
  const { length } = body.input;
  const isByCharacter = body.model.startsWith('tts-1');
  const streamed = body.stream_format === 'sse' && !isByCharacter;
  const seconds = Math.ceil(length / CHARACTERS_PER_SECOND);
  return {
    request: {
      ...requestWithoutAnswer(body.model, body.input),
      streamed,
      drawUsage: () =>
        isByCharacter
          ? { characters: length }
          : { input: tokenCount(length), outputAudio: seconds * AUDIO_TOKENS_PER_SECOND },
    },
    usageReported: streamed,
    responseId: () => null,
    body: () => ({}),
    rawBody: () => ({ contentType: 'audio/mpeg', bytes: AUDIO }),
    events: speechEvents,
  };
}

function speechEvents({ usage }: ModelAnswer): WireEvent[] {
  const audio = AUDIO.toString('base64');
  return [
    ...Array.from({ length: 3 }, () => ({ data: { type: 'speech.audio.delta', audio } })),
    {
      data: {
        type: 'speech.audio.done',
        usage: {
          input_tokens: inputTokenTotal(usage),
          output_tokens: outputTokenTotal(usage),
          total_tokens: inputTokenTotal(usage) + outputTokenTotal(usage),
        },
      },
    },
  ];
}
