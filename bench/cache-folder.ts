import os from "node:os";
import path from "node:path";

/** What is large or slow to make and outlives a checkout: `$WEIR_CACHE`, or a folder of the user's. */
export const cacheFolder = process.env["WEIR_CACHE"] ?? path.join(os.homedir(), ".cache", "weir");
