/**
 * For node-llama-cpp's `tokens`: it sends what it is given, and no other. Left alone it looks for a token of its own, in HF_TOKEN and in
 * files, and tries with it where it is refused, at any port of the endpoint's host.
 */
// null is what keeps it from looking (utils/modelFileAccessTokens.js); its type leaves that out.
export const noOtherToken = { huggingFace: null as unknown as string };
