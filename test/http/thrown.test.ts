import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { GenerationSink } from "#weir/engine/generation.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chatBody, contentOf, eventually, postChat } from "./requests.js";

describe("a request on which the server throws", () => {
  let echo: EchoServer;
  beforeEach(async () => {
    echo = await startEcho({ load: { slots: 2 } });
  });
  afterEach(() => echo.close());

  /** Everything that it held is free, and others are answered. */
  async function nothingIsHeld(): Promise<void> {
    await eventually(async () =>
      echo.admission.status(echo.hosted).every(({ busy, waiting }) => busy + waiting === 0),
    );
    await eventually(async () => (await echo.model.slotTable()).every(({ state }) => state === "idle"));
    assert.equal(echo.hosted.leases, 0);
    assert.deepEqual(
      echo.admission.usage().map(([, { open }]) => open),
      [0],
    );
    assert.equal(await contentOf(echo.app, "still here"), "still here");
  }

  /** The second submission throws. */
  function breakSubmit(): void {
    const generate = echo.model.generate.bind(echo.model);
    let submissions = 0;
    Object.assign(echo.model, {
      generate: (...submission: Parameters<typeof generate>) => {
        if (++submissions === 2) throw new TypeError("broken on purpose");
        return generate(...submission);
      },
    });
  }

  /** One of the answer's callbacks throws, once. */
  function breakSink(callback: "onText" | "onFinish"): void {
    const generate = echo.model.generate.bind(echo.model);
    let calls = 0;
    Object.assign(echo.model, {
      generate: (request: Parameters<typeof generate>[0], sink: GenerationSink) => {
        // The argument is none that the callback can work with.
        const wrong = Object.assign(Object.create(sink) as GenerationSink, {
          [callback]: (value: never) =>
            sink[callback](++calls === 1 ? (badValues[callback](value) as never) : value),
        });
        return generate(request, wrong);
      },
    });
  }
  const broken = (): never => {
    throw new TypeError("broken on purpose");
  };
  const badValues = {
    onText: () => ({ [Symbol.toPrimitive]: broken }),
    onFinish: (outcome: object) => Object.defineProperty({ ...outcome }, "promptMs", { get: broken }),
  };

  for (const stream of [true, false]) {
    test(`while the answers of ${stream ? "a stream" : "a whole response"} are submitted holds nothing afterwards`, async () => {
      breakSubmit();
      const response = await postChat(echo.app, chatBody("hello", { n: 2, stream }));
      assert.match(response.body, /"code":"internal_error"/);
      await nothingIsHeld();
    });
  }

  for (const callback of ["onText", "onFinish"] as const) {
    test(`while its stream is written (${callback}) ends it with an error, and holds nothing afterwards`, async () => {
      breakSink(callback);
      const response = await postChat(echo.app, chatBody("hello", { stream: true }));
      assert.match(response.body, /"code":"internal_error"[\s\S]*data: \[DONE\]/);
      await nothingIsHeld();
    });
  }
});
