/**
 * Images, videos and music of the Gemini API. Veo's audio is always on there. The cuts of Veo 3 and Veo 3 Fast
 * are of 2025-09-09, that of Veo 3.1 Fast of 2026-04-07 (https://developers.googleblog.com).
 */
export const GEMINI_API_MEDIA = `
imagen-3.0-generate-002, imagen-3.0-generate-001               | | images 0.03/1 | note: 0.03 is the price list's; LiteLLM has Vertex AI's 0.04 here.
imagen-3.0-fast-generate-001                                   | | images 0.02/1
imagen-4.0-generate-001, imagen-4.0-generate-preview-06-06, imagen-4.0-generate-preview-05-20                   | | images 0.04/1
imagen-4.0-fast-generate-001, imagen-4.0-fast-generate-preview-06-06                                            | | images 0.02/1
imagen-4.0-ultra-generate-001, imagen-4.0-ultra-generate-preview-06-06, imagen-4.0-ultra-generate-preview-05-20 | | images 0.06/1
veo-2.0-generate-001, veo-2.0-generate-preview, veo-2.0-generate-exp | | seconds 0.35/1
veo-3.0-generate-001, veo-3.0-generate-preview                 |            | seconds 0.75/1
                                                               | 2025-09-09 | seconds 0.4/1
veo-3.0-fast-generate-001, veo-3.0-fast-generate-preview       |            | seconds 0.4/1
                                                               | 2025-09-09 | seconds 0.15/1
veo-3.1-generate-preview, veo-3.1-generate-001                 |            | seconds 0.4/1  | resolution=4k: seconds 0.6/1
veo-3.1-fast-generate-preview, veo-3.1-fast-generate-001       |            | seconds 0.15/1 | resolution=4k: seconds 0.35/1
                                                               | 2026-04-07 | seconds 0.1/1  | resolution=1080p: seconds 0.12/1 | resolution=4k: seconds 0.3/1
veo-3.1-lite-generate-preview, veo-3.1-lite-generate-001       |            | seconds 0.05/1 | resolution=1080p: seconds 0.08/1
lyria-3-clip-preview                                           | | requests 0.04/1
lyria-3-pro-preview                                            | | requests 0.08/1
`;

/**
 * Of Vertex AI, where Veo costs less without audio: `by option` has no price for a call that does not say.
 * The smallest resolution is what Veo makes unless it is told otherwise.
 */
export const VERTEX_MEDIA = `
imagegeneration, imagegeneration@002, imagegeneration@005, imagegeneration@006                        | | images 0.02/1
imagen-3.0-generate-001, imagen-3.0-generate-002, imagen-3.0-capability-001, imagen-3.0-capability-002 | | images 0.04/1
imagen-3.0-fast-generate-001                                                                          | | images 0.02/1
imagen-4.0-generate-001, imagen-4.0-generate-preview-06-06, imagen-4.0-generate-preview-05-20                   | | images 0.04/1
imagen-4.0-fast-generate-001, imagen-4.0-fast-generate-preview-06-06                                            | | images 0.02/1
imagen-4.0-ultra-generate-001, imagen-4.0-ultra-generate-preview-06-06, imagen-4.0-ultra-generate-preview-05-20 | | images 0.06/1
imagen-product-recontext-preview-06-30 | | images 0.12/1
veo-2.0-generate-001, veo-2.0-generate-exp, veo-2.0-generate-preview | | seconds 0.5/1
veo-3.0-generate-001, veo-3.0-generate-preview           |            | by option | audio=true: seconds 0.75/1 | audio=false: seconds 0.5/1
                                                         | 2025-09-09 | by option | audio=true: seconds 0.4/1  | audio=false: seconds 0.2/1
veo-3.0-fast-generate-001, veo-3.0-fast-generate-preview |            | by option | audio=true: seconds 0.4/1  | audio=false: seconds 0.25/1
                                                         | 2025-09-09 | by option | audio=true: seconds 0.15/1 | audio=false: seconds 0.1/1
                                                         | 2026-04-07 | by option | audio=true, resolution=1080p: seconds 0.12/1 | audio=false, resolution=1080p: seconds 0.1/1 | audio=true: seconds 0.1/1 | audio=false: seconds 0.08/1
veo-3.1-generate-001, veo-3.1-generate-preview           |            | by option | audio=true, resolution=4k: seconds 0.6/1 | audio=false, resolution=4k: seconds 0.4/1 | audio=true: seconds 0.4/1 | audio=false: seconds 0.2/1
veo-3.1-fast-generate-001, veo-3.1-fast-generate-preview |            | by option | audio=true, resolution=4k: seconds 0.35/1 | audio=false, resolution=4k: seconds 0.3/1 | audio=true: seconds 0.15/1 | audio=false: seconds 0.1/1
                                                         | 2026-04-07 | by option | audio=true, resolution=4k: seconds 0.3/1 | audio=false, resolution=4k: seconds 0.25/1 | audio=true, resolution=1080p: seconds 0.12/1 | audio=false, resolution=1080p: seconds 0.1/1 | audio=true: seconds 0.1/1 | audio=false: seconds 0.08/1
veo-3.1-lite-generate-001, veo-3.1-lite-generate-preview |            | by option | audio=true, resolution=1080p: seconds 0.08/1 | audio=false, resolution=1080p: seconds 0.05/1 | audio=true: seconds 0.05/1 | audio=false: seconds 0.03/1
lyria-002                                                | | seconds 0.06/30
chirp-3-hd, chirp                                        | | characters 30/1000000
chirp_3, chirp-3                                         | | seconds 0.016/60
`;
