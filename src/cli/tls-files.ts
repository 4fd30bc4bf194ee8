import { createPrivateKey, X509Certificate } from "node:crypto";
import fs from "node:fs";
import type { Config } from "../config/schema.js";
import { fileFaultOf, messageOf, WeirError } from "../errors.js";
import type { TlsFiles } from "../server/connections.js";

/**
 * Reads the certificate and its key, and sees that they fit.
 *
 * @returns null where none are configured
 * @throws WeirError `invalid_argument` with the path and the reason
 */
export function readTlsFiles({ tlsCert, tlsKey }: Config): TlsFiles | null {
  if (tlsCert === null || tlsKey === null) return null;
  const [cert, key] = [read("tls-cert", tlsCert), read("tls-key", tlsKey)];
  const certificate = understood("tls-cert", tlsCert, "a certificate", () => new X509Certificate(cert));
  const privateKey = understood("tls-key", tlsKey, "a private key without a passphrase", () =>
    createPrivateKey(key),
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new WeirError("invalid_argument", `tls-key: ${tlsKey}: not the key of the certificate ${tlsCert}`);
  }
  return { cert, key };
}

function read(setting: string, path: string): Buffer {
  try {
    return fs.readFileSync(path);
  } catch (error) {
    throw new WeirError("invalid_argument", `${setting}: ${path}: can't be read: ${fileFaultOf(error)}`, {
      cause: error,
    });
  }
}

function understood<Content>(setting: string, path: string, what: string, parse: () => Content): Content {
  try {
    return parse();
  } catch (error) {
    const message = `${setting}: ${path}: not ${what} in PEM: ${pemFault(error)}`;
    throw new WeirError("invalid_argument", message, { cause: error });
  }
}

/** OpenSSL's words, without its numbers. */
function pemFault(error: unknown): string {
  const text = messageOf(error).replace(/^error:[\dA-F]+:/i, "");
  return text.includes("no start line") ? "it holds none" : text;
}
