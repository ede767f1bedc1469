import type { TokenUsage } from '@costspan/cost-model';
import { disjointUsage, fieldsOf, type JsonFields, tokenCount } from '@costspan/semconv';
import type { WireFormat } from '../wire-format.ts';
import { ERROR_FIELDS } from './openai-answer.ts';
import { OpenAiReader } from './openai-reader.ts';
import { openAiRoutes } from './openai-routes.ts';
import { shortText } from './short-text.ts';

/**
 * Transcriptions and translations of speech. Models that are billed by the token state tokens, those billed by the
 * second the seconds that are billed; Whisper's detailed answers of other hosts have the length of the audio alone, and
 * Mistral bills audio by its seconds and none of the tokens beside them. The model stands in the request, which is a
 * form.
 *
 * @see https://platform.openai.com/docs/api-reference/audio/createTranscription
 * @see https://console.groq.com/docs/speech-to-text
 * @see https://docs.mistral.ai/capabilities/audio_transcription
 */
export const openAiTranscriptions: WireFormat = {
  name: 'openai-transcriptions',
  operation: 'transcription',
  defaultProvider: 'openai',
  routes: [
    ...openAiRoutes('transcriptions', 'audio/transcriptions'),
    ...openAiRoutes('translations', 'audio/translations'),
  ],
  answerFields: ['type', 'model', 'duration', 'task', 'usage', 'x_groq.id', ...ERROR_FIELDS],
  eventKeys: ['usage', 'error'],
  requestFields: ['model'],
  newReader: (request) => new TranscriptionReader(request),
};

class TranscriptionReader extends OpenAiReader {
  read(document: JsonFields): void {
    const answer = this.stated;
    const { type, usage, duration, task, x_groq: groq } = document;
    answer.put({ responseModel: shortText(document['model']) });
    answer.putError(type === 'error' ? (document['error'] ?? document) : document['error']);
    if (
      task !== undefined ||
      groq !== undefined ||
      (typeof type === 'string' && type.startsWith('transcript'))
    ) {
      answer.put({ isRecognised: true });
    }
    const heard = heardUsage(fieldsOf(usage)) ?? secondsOf(duration);
    if (heard !== undefined) answer.put({ usage: heard, isUsageFinal: true, isRecognised: true });
  }
}

function heardUsage(usage: JsonFields | undefined): TokenUsage | undefined {
  if (usage === undefined) return undefined;
  const seconds = secondsOf(usage['prompt_audio_seconds'] ?? usage['seconds']);
  if (seconds !== undefined) return seconds;
  const details = fieldsOf(usage['input_token_details'] ?? usage['input_tokens_details']);
  return disjointUsage({
    input: tokenCount(usage['input_tokens'] ?? usage['prompt_tokens']),
    inputAudio: tokenCount(details?.['audio_tokens']),
    cacheRead: tokenCount(details?.['cached_tokens']),
    output: tokenCount(usage['output_tokens'] ?? usage['completion_tokens']),
    total: tokenCount(usage['total_tokens']),
    inputIncludesCache: true,
    outputIncludesReasoning: true,
  }).usage;
}

/** Some servers write the duration as a text: `"8.47"`. */
function secondsOf(value: unknown): TokenUsage | undefined {
  const seconds = typeof value === 'string' && /^\d{1,9}(?:\.\d{1,20})?$/.test(value) ? Number(value) : value;
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0 ? { seconds } : undefined;
}
