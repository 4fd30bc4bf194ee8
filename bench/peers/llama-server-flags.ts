import type { ServerSetup } from "../server-setup.js";

/**
 * llama-server's best setting: what was tried and what it brought is in bench/README.md.
 *
 * Its context is that of all slots together. Warm-up, caching of prompts and the KV cache per slot are its defaults.
 */
export function llamaServerFlags({ slots, contextTokens, threads, flags }: ServerSetup): string[] {
  return [
    ...["--parallel", String(slots)],
    ...["--ctx-size", String(slots * contextTokens)],
    ...(threads > 0 ? ["--threads", String(threads)] : []),
    ...["--gpu-layers", "999", "--fit", "off"],
    "--no-kv-unified",
    ...["--cache-ram", "0"],
    "--no-slots",
    "--no-ui",
    // The last of a flag's values counts.
    ...flags,
  ];
}
