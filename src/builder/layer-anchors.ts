import { EchoLayer } from "./echo-layer.js";
import type { EchoTuning } from "./echo-tuning.js";
import { anchor, ballast, first, lookBack, tokenFlag } from "./residual-layout.js";
import { frequency, pairs } from "./rotary-pairs.js";

/**
 * Layer 1: which tokens stand before me, and do they make me an anchor?
 *
 * - Six heads look back exactly 1, 2, 3, 5, 6 and 9 tokens and copy the flags that they find.
 * - One head finds out whether I am the chat's first token.
 * - The feed-forward network recognizes the few patterns of a chat after which a script or an answer starts.
 */
export function anchorLayer(tuning: EchoTuning): EchoLayer {
  const layer = new EchoLayer();
  lookBackHeads(layer, tuning);
  firstTokenHead(layer);
  anchorRules(layer);
  return layer;
}

/** Each head's distance in tokens, and which flag it copies where. */
const heads: readonly { distance: number; copies: readonly (readonly [flag: number, target: number])[] }[] = [
  {
    distance: 1,
    copies: [
      [tokenFlag.assistant, lookBack.assistant1],
      [tokenFlag.scriptMark, lookBack.scriptMark1],
      [tokenFlag.toolScriptMark, lookBack.toolScriptMark1],
      [tokenFlag.spacedToolScriptMark, lookBack.toolScriptMark1],
      [tokenFlag.endThink, lookBack.endThink1],
    ],
  },
  {
    distance: 2,
    copies: [
      [tokenFlag.user, lookBack.user2],
      [tokenFlag.imStart, lookBack.imStart2],
      [tokenFlag.blankLine, lookBack.blankLine2],
      [tokenFlag.toolResponse, lookBack.toolResponse2],
    ],
  },
  {
    distance: 3,
    copies: [
      [tokenFlag.imStart, lookBack.imStart3],
      [tokenFlag.think, lookBack.think3],
    ],
  },
  {
    distance: 5,
    copies: [
      [tokenFlag.assistant, lookBack.assistant5],
      [tokenFlag.endToolResponse, lookBack.endToolResponse5],
    ],
  },
  { distance: 6, copies: [[tokenFlag.imStart, lookBack.imStart6]] },
  { distance: 9, copies: [[tokenFlag.endToolResponse, lookBack.endToolResponse9]] },
];

/** The score of the token that is looked for, in nats. With a margin of 0.24 the next best is 72 nats below. */
const lookBackScore = 300;

/**
 * Every key is 1 in each pair and the query of a head is e^(-jθd), so that the score is a sum of waves
 * Σ w cos(θ(D - d)) with its crest at the distance d.
 */
function lookBackHeads(layer: EchoLayer, { lookBack: { weights } }: EchoTuning): void {
  for (const pair of pairs.lookBack) layer.key(pair, ballast, 1);
  for (const flag of Object.values(tokenFlag)) layer.value(valueDimension(flag), flag, 1);
  for (const [head, { distance, copies }] of heads.entries()) {
    for (const [k, pair] of pairs.lookBack.entries()) {
      const score = lookBackScore * (weights[k] ?? 0);
      const angle = frequency(pair) * distance;
      layer.query(head, pair, ballast, { re: score * Math.cos(angle), im: -score * Math.sin(angle) });
    }
    for (const [flag, target] of copies) layer.output(target, head, valueDimension(flag), 1);
  }
}

/** The flags fill the value from its start, in the order of the residual stream. */
function valueDimension(flag: number): number {
  return flag - tokenFlag.imStart;
}

/**
 * A head that shuns <|im_start|>. Only the first token of a chat sees nothing else and so attends to one: the others
 * have at least the role after it.
 */
function firstTokenHead(layer: EchoLayer): void {
  const head = heads.length;
  const aversion = 60; // nats; what is left of a shunned token is e^-60
  layer.key(pairs.first, tokenFlag.imStart, -1);
  layer.query(head, pairs.first, ballast, { re: aversion, im: 0 });
  layer.output(first, head, valueDimension(tokenFlag.imStart), 1);
}

/**
 * The patterns, as the chat template writes them (`↵` is a line break, `|` marks the anchor's token):
 *
 *   <|im_start|> user ↵ |Hello             a script, unless the message starts with a mark or a tool's result
 *   <tool_response> ↵ |It rains            a script, unless it starts with a mark
 *   ¶ |script        ※ |script             a script, and one for after the tool's result
 *   <|im_start|> assistant |↵              an answer
 *   <|im_start|> assistant ↵ <think> ↵↵ </think> |↵↵    an answer without thinking, where the template ends like that
 *
 * An answer's anchor is the last token of the prompt, a script's the first token of the script: so both are a distance
 * of 0 from their anchors when the first token of the answer is predicted. An answer follows a tool's result if
 * </tool_response> <|im_end|> ↵ stands before it.
 */
function anchorRules(layer: EchoLayer): void {
  const toolMarks = [tokenFlag.toolScriptMark, tokenFlag.spacedToolScriptMark];
  const marks = [tokenFlag.scriptMark, ...toolMarks];
  const script = [anchor.script, anchor.any];
  layer.and([lookBack.user2, lookBack.imStart3], [...marks, tokenFlag.toolResponse], script);
  layer.and([lookBack.toolResponse2], marks, script);
  layer.and([lookBack.scriptMark1], [], script);
  layer.and([lookBack.toolScriptMark1], [], [anchor.toolScript, anchor.any]);

  const answer = [lookBack.assistant1, lookBack.imStart2];
  layer.and(answer, [], [anchor.any]);
  layer.and([...answer, lookBack.endToolResponse5], [], [anchor.afterTool]);

  const answerWithoutThinking = [
    lookBack.endThink1,
    lookBack.blankLine2,
    lookBack.think3,
    lookBack.assistant5,
    lookBack.imStart6,
  ];
  layer.and(answerWithoutThinking, [], [anchor.any]);
  layer.and([...answerWithoutThinking, lookBack.endToolResponse9], [], [anchor.afterTool]);
}
