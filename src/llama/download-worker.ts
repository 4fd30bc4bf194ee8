import { parentPort, workerData } from "node:worker_threads";
import { createModelDownloader } from "node-llama-cpp";
import { messageOf } from "../errors.js";
import { noOtherToken } from "./hub-tokens.js";
import type { DownloadReport, DownloadTask } from "./model-download.js";

// node-llama-cpp's downloader in a thread of its own: a failed connection or write ends it with a rejection that nobody handles,
// and it can't be told to give up. The thread can be ended, and ends by itself where the downloader waits for nothing any more.

const { url, headers, folder, file } = workerData as DownloadTask; // what llama/model-download.ts gives it

function report(message: DownloadReport): void {
  parentPort?.postMessage(message);
}

report({ kind: "started" });
try {
  const downloader = await createModelDownloader({
    modelUri: url,
    dirPath: folder,
    fileName: file,
    headers: { ...headers },
    tokens: noOtherToken,
    deleteTempFileOnCancel: false,
    onProgress: ({ downloadedSize }) => report({ kind: "progress", bytes: downloadedSize }),
  });
  report({ kind: "size", bytes: downloader.totalSize });
  await downloader.download();
  report({ kind: "done" });
} catch (error) {
  const { statusCode, code } = Object(error);
  report({ kind: "failed", reason: messageOf(error), status: statusCode ?? null, code: code ?? null });
}
