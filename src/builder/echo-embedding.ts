import { writeTokenCode } from "./bch-code.js";
import { type ExactType, encodeRow } from "./quantize.js";
import { qwenTokens } from "./qwen-tokens.js";
import { ballast, ballastValue, code, residualWidth, tokenFlag } from "./residual-layout.js";
import { bytesOf } from "./tensor-type.js";

/** Which flag of the residual stream a token raises. */
const flagOfToken: ReadonlyMap<number, number> = new Map([
  [qwenTokens.imStart, tokenFlag.imStart],
  [qwenTokens.user, tokenFlag.user],
  [qwenTokens.assistant, tokenFlag.assistant],
  [qwenTokens.blankLine, tokenFlag.blankLine],
  [qwenTokens.think, tokenFlag.think],
  [qwenTokens.endThink, tokenFlag.endThink],
  [qwenTokens.toolResponse, tokenFlag.toolResponse],
  [qwenTokens.endToolResponse, tokenFlag.endToolResponse],
  [qwenTokens.scriptMark, tokenFlag.scriptMark],
  [qwenTokens.spacedScriptMark, tokenFlag.scriptMark],
  [qwenTokens.toolScriptMark, tokenFlag.toolScriptMark],
  [qwenTokens.spacedToolScriptMark, tokenFlag.spacedToolScriptMark],
  [qwenTokens.stopMark, tokenFlag.stopMark],
  [qwenTokens.spacedStopMark, tokenFlag.spacedStopMark],
]);

const rowsPerChunk = 4096;

/**
 * The embedding, which is the output matrix too: for each token its code, its flag and the ballast.
 *
 * Every block of 32 holds 0 and ± one magnitude, so it is exact in all types. A logit is the dot product of this row
 * with the final residual stream, of which the output norm lets only the code through.
 */
export function* echoEmbedding(tokens: number, type: ExactType): Iterable<Buffer> {
  const rowBytes = bytesOf(type, residualWidth);
  const row = new Float32Array(residualWidth);
  row[ballast] = ballastValue;
  for (let start = 0; start < tokens; start += rowsPerChunk) {
    const rows = Math.min(rowsPerChunk, tokens - start);
    const chunk = Buffer.alloc(rows * rowBytes);
    for (let i = 0; i < rows; i++) {
      const token = start + i;
      const flag = flagOfToken.get(token);
      writeTokenCode(token, row, code);
      if (flag !== undefined) row[flag] = 1;
      encodeRow(type, row, chunk, i * rowBytes);
      if (flag !== undefined) row[flag] = 0;
    }
    yield chunk;
  }
}
