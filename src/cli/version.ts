import { createRequire } from "node:module";

/** The package's version. */
export const weirVersion: string = createRequire(import.meta.url)("../../package.json").version;
