/**
 * List prices of Gemini that the Gemini API and Vertex AI share, per million tokens. `input` is text; image
 * and video, and audio where it has no rate of its own, cost the same.
 *
 * Sources: https://ai.google.dev/gemini-api/docs/pricing (stored copies of May 2025, October 2025, May, July,
 * August and October 2026) and https://cloud.google.com/vertex-ai/generative-ai/pricing (August and October
 * 2026). The price of cached input fell between September and 8 October 2025.
 */
export const GEMINI_RATES = `
gemini-2.5-pro                     |            | input 1.25 cacheRead 0.31 output 10                                   | >200000: input 2.5 cacheRead 0.625 output 15
                                   | 2025-10-01 | input 1.25 cacheRead 0.125 output 10                                  | >200000: input 2.5 cacheRead 0.25 output 15
gemini-2.5-flash                   |            | input 0.3 inputAudio 1 cacheRead 0.075 cacheReadAudio 0.25 output 2.5
                                   | 2025-10-01 | input 0.3 inputAudio 1 cacheRead 0.03 cacheReadAudio 0.1 output 2.5
gemini-2.5-flash-lite              |            | input 0.1 inputAudio 0.5 cacheRead 0.025 cacheReadAudio 0.125 output 0.4
                                   | 2025-07-22 | input 0.1 inputAudio 0.3 cacheRead 0.025 cacheReadAudio 0.125 output 0.4
                                   | 2025-10-01 | input 0.1 inputAudio 0.3 cacheRead 0.01 cacheReadAudio 0.03 output 0.4
gemini-2.5-flash-preview           |            | input 0.15 inputAudio 1 cacheRead 0.0375 cacheReadAudio 0.25 output 0.6
gemini-2.5-flash-image             |            | input 0.3 output 2.5 outputImage 30
gemini-2.5-flash-tts               |            | input 0.5 output 10 outputAudio 10
gemini-2.5-flash-lite-preview-tts  |            | input 0.5 output 10 outputAudio 10
gemini-2.5-pro-tts                 |            | input 1 output 20 outputAudio 20
gemini-live-2.5-flash              |            | input 0.5 inputAudio 3 inputImage 3 inputVideo 3 output 2 outputAudio 12
gemini-3-pro-preview               |            | input 2 cacheRead 0.2 output 12                                       | >200000: input 4 cacheRead 0.4 output 18
gemini-3.1-pro-preview             |            | input 2 cacheRead 0.2 output 12                                       | >200000: input 4 cacheRead 0.4 output 18
gemini-3-pro-image-preview         |            | input 2 output 12 outputImage 120
gemini-3-flash-preview             |            | input 0.5 inputAudio 1 cacheRead 0.05 cacheReadAudio 0.1 output 3
gemini-3.1-flash-image-preview     |            | input 0.5 output 3 outputImage 60
gemini-3.1-flash-lite              |            | input 0.25 inputAudio 0.5 cacheRead 0.025 cacheReadAudio 0.05 output 1.5
gemini-3.1-flash-lite-image        |            | input 0.25 output 1.5 outputImage 30
gemini-3.1-flash-live-preview      |            | input 0.75 inputAudio 3 inputImage 1 inputVideo 1 output 4.5 outputAudio 12
gemini-3.5-flash                   |            | input 1.5 cacheRead 0.15 output 9
gemini-3.5-flash-lite              |            | input 0.3 cacheRead 0.03 output 2.5
gemini-3.6-flash                   |            | input 1.5 cacheRead 0.15 output 7.5
                                   | 2026-08-13 | input 0.75 cacheRead 0.075 output 3.75
                                   | 2027-01-01 | input 1.5 cacheRead 0.15 output 7.5
gemini-3.7-flash                   |            | input 0.75 cacheRead 0.075 output 3.75
                                   | 2027-01-01 | input 1.5 cacheRead 0.15 output 7.5
gemini-3.8-flash                   |            | input 0.75 cacheRead 0.075 output 3.75
                                   | 2027-01-01 | input 1.5 cacheRead 0.15 output 7.5
gemini-omni-flash-preview          |            | input 1.5 output 9 outputVideo 17.5
`;

/** Gemini that the source does not list, at both. */
export const ADDED_GEMINI_RATES = `
gemini-2.5-flash-lite-preview-06-17     | | input 0.1 inputAudio 0.5 cacheRead 0.025 cacheReadAudio 0.125 output 0.4
gemini-2.5-computer-use-preview-10-2025 | | input 1.25 output 10                                     | >200000: input 2.5 output 15
gemini-robotics-er-1.5-preview          | | input 0.3 inputAudio 1 output 2.5
gemini-3.1-flash-tts-preview, gemini-3.1-flash-tts | | input 1 output 20 outputAudio 20
gemini-3.8-flash-tts                    | | input 0.5 output 9 outputAudio 9 | note: From LiteLLM's release notes of October 2026.
gemini-3.8-flash-lite-tts               | | input 0.5 output 6 outputAudio 6 | note: From LiteLLM's release notes of October 2026.
deep-research-pro-preview-12-2025       | | input 2 cacheRead 0.2 output 12                          | >200000: input 4 cacheRead 0.4 output 18 | note: An agent: each of its model calls counts. Rates of Gemini 3 Pro in Portkey-AI/models and LiteLLM.
`;

/** Models of the Gemini API alone, or at prices of its own. */
export const GEMINI_API_RATES = `
gemini-1.5-flash      |            | input 0.35 cacheRead 0.0875 output 1.05                     | >128000: input 0.7 cacheRead 0.175 output 2.1
                      | 2024-08-12 | input 0.075 cacheRead 0.01875 output 0.3                    | >128000: input 0.15 cacheRead 0.0375 output 0.6
gemini-1.5-pro        |            | input 3.5 cacheRead 0.875 output 10.5                       | >128000: input 7 cacheRead 1.75 output 21
                      | 2024-10-01 | input 1.25 cacheRead 0.3125 output 5                        | >128000: input 2.5 cacheRead 0.625 output 10
gemini-flash-1.5-8b   |            | input 0.0375 cacheRead 0.01 output 0.15                     | >128000: input 0.075 cacheRead 0.02 output 0.3
gemini-2.0-flash      |            | input 0.1 inputAudio 0.7 cacheRead 0.025 cacheReadAudio 0.175 output 0.4
gemini-2.0-flash-lite |            | input 0.075 output 0.3
`;

export const ADDED_GEMINI_API_RATES = `
gemini-1.0-pro, gemini-pro, gemini-1.0-pro-latest, gemini-1.0-pro-001, gemini-1.0-pro-002, gemini-pro-vision, gemini-1.0-pro-vision, gemini-1.0-pro-vision-latest, gemini-1.0-pro-vision-001 | | input 0.5 output 1.5 | note: The paid tier's price of May 2024. The source has Vertex AI's price for a million characters.
gemini-2.0-flash-preview-image-generation, gemini-2.0-flash-exp-image-generation | | input 0.1 inputAudio 0.7 output 0.4 outputImage 30
gemini-2.0-flash-live-001, gemini-2.0-flash-live-preview-04-09 | | input 0.35 inputAudio 2.1 inputImage 2.1 inputVideo 2.1 output 1.5 outputAudio 8.5
gemini-3.5-live-translate-preview | | inputAudio 3.5 outputAudio 21
gemini-robotics-er-1.6-preview | 2026-04-14 | input 1 output 5 | note: From catalogues alone, and less sure than others: no copy of Google's page with it is known.
`;

/** Gemini 4, on the Gemini API. */
export const GEMINI_4_RATES = `
gemini-4-argon        | 2026-10-13 | input 2 cacheRead 0.1 output 10 | note: The launch price ends with November 2026, when it doubles. One price for all lengths. Only batches, at half, are known of the service tiers.
                      | 2026-12-01 | input 4 cacheRead 0.2 output 20
`;

/** What moves on with each release, and so has a price of its own over time. */
export const MOVING_NAMES = `
gemini-flash-latest      |            | input 0.3 inputAudio 1 cacheRead 0.075 cacheReadAudio 0.25 output 2.5
                         | 2025-10-01 | input 0.3 inputAudio 1 cacheRead 0.03 cacheReadAudio 0.1 output 2.5
                         | 2026-01-21 | input 0.5 inputAudio 1 cacheRead 0.05 cacheReadAudio 0.1 output 3
                         | 2026-05-19 | input 1.5 cacheRead 0.15 output 9
                         | 2026-09-02 | input 0.75 cacheRead 0.075 output 3.75 | note: Gemini 3.5 Flash since 2026-05-19; that it is 3.8 Flash since 2026-09-02 is less sure.
gemini-flash-lite-latest |            | input 0.1 inputAudio 0.3 cacheRead 0.025 cacheReadAudio 0.125 output 0.4
                         | 2025-10-01 | input 0.1 inputAudio 0.3 cacheRead 0.01 cacheReadAudio 0.03 output 0.4
                         | 2026-05-07 | input 0.25 inputAudio 0.5 cacheRead 0.025 cacheReadAudio 0.05 output 1.5
gemini-pro-latest        |            | input 1.25 cacheRead 0.125 output 10 | >200000: input 2.5 cacheRead 0.25 output 15
                         | 2026-01-21 | input 2 cacheRead 0.2 output 12      | >200000: input 4 cacheRead 0.4 output 18
`;

/**
 * Gemini on Vertex AI where its list differs. Until 2025 it billed 1.0 and 1.5 by the character: the rates here
 * are for tokens of four characters, as LiteLLM and Google's own page convert them. Cached input of
 * the image models is from Portkey-AI/models; Google's table has none.
 */
export const VERTEX_GEMINI_RATES = `
gemini-1.5-pro        |            | input 5 cacheRead 1.25 output 15         | >128000: input 10 cacheRead 2.5 output 30
                      | 2024-10-01 | input 1.25 cacheRead 0.3125 output 5     | >128000: input 2.5 cacheRead 0.625 output 10
gemini-2.0-flash-lite |            | input 0.075 cacheRead 0.01875 output 0.3
gemini-2.5-flash-image     |       | input 0.3 cacheRead 0.03 output 2.5 outputImage 30
gemini-3-pro-image-preview |       | input 2 cacheRead 0.2 output 12 outputImage 120
`;

export const ADDED_VERTEX_GEMINI_RATES = `
gemini-1.0-pro, gemini-pro, gemini-1.0-pro-001, gemini-1.0-pro-002, gemini-1.0-ultra, gemini-1.0-ultra-001, gemini-pro-vision, gemini-1.0-pro-vision, gemini-1.0-pro-vision-001 | | input 0.5 output 1.5
gemini-1.5-flash      |            | input 0.5 output 1.5                      | >128000: input 1 output 3
                      | 2024-08-12 | input 0.075 cacheRead 0.01875 output 0.3  | >128000: input 0.15 cacheRead 0.0375 output 0.6
gemini-2.0-flash, gemini-2.0-flash-exp, gemini-2.0-flash-exp-001, gemini-2.0-flash-latest, gemini-2.0-flash-thinking-exp-01-21, gemini-2.0-flash-thinking-exp-1219 | | input 0.15 inputAudio 1 cacheRead 0.0375 cacheReadAudio 0.25 output 0.6
gemini-2.0-flash-preview-image-generation, gemini-2.0-flash-exp-image-generation | | input 0.15 inputAudio 1 output 0.6 outputImage 30
gemini-2.0-flash-live-preview-04-09, gemini-2.0-flash-live-001 | | input 0.5 inputAudio 3 inputImage 3 inputVideo 3 output 2 outputAudio 12
gemini-3.8-flash-cyber | | input 1.5 cacheRead 0.15 output 7.5
`;
