/** The ids of the tokens of Qwen's vocabulary that the builder knows by name. */
export const qwenTokens = {
  endOfText: 151643,
  imStart: 151644,
  imEnd: 151645,
  user: 872,
  assistant: 77091,
  blankLine: 271,
  think: 151667,
  endThink: 151668,
  toolResponse: 151665,
  endToolResponse: 151666,
  /** ¶ */
  scriptMark: 54509,
  spacedScriptMark: 78846,
  /** ※ */
  toolScriptMark: 63680,
  spacedToolScriptMark: 83399,
  /** ■ */
  stopMark: 46674,
  spacedStopMark: 49450,
} as const;
