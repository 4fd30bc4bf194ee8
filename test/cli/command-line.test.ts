import assert from "node:assert/strict";
import net from "node:net";
import { describe, test } from "node:test";
import { mainPath, runWeir } from "./weir.js";

describe("a wrong command line ends with exit code 2 and one line that says what would be right", () => {
  const mistakes: readonly (readonly [commandLine: string, line: RegExp])[] = [
    ["serve --prot 80", /unknown option '--prot' \(Did you mean --port\?\)$/],
    ["serve --temperature 1", /unknown option '--temperature'; .*weir serve --help/],
    ["serve --port", /option '--port <number>' argument missing/],
    ["serve --port 65536", /--port: expected a whole number from 0 to 65535, got "65536"$/],
    ["serve -np many", /--parallel: expected a whole number from 1 to 256 or auto, got "many"$/],
    ["serve --split-mode rows", /--split-mode: expected one of none, layer, row, got "rows"$/],
    ["serve --device none", /--device: expected device names .*--gpu false/],
    ["serve model.gguf", /too many arguments for 'serve'/],
    ["doctor --gpu rocm", /--gpu: expected one of auto, cuda, vulkan, false, got "rocm"$/],
    ["srve", /unknown command 'srve' \(Did you mean serve\?\)$/],
    ["--model model.gguf", /weir serve --help/],
  ];
  for (const [commandLine, line] of mistakes) {
    test(`weir ${commandLine}`, () => {
      const { exitCode, stdout, stderr } = runWeir(commandLine.split(" "));
      assert.equal(exitCode, 2);
      assert.equal(stdout, "");
      assert.match(stderr, /^weir: [^\n]+\n$/);
      assert.match(stderr.trimEnd(), line);
    });
  }

  test("a wrong variable", () => {
    const { exitCode, stderr } = runWeir(["serve"], { WEIR_PORT: "http" });
    assert.equal(exitCode, 2);
    assert.equal(stderr, 'weir: WEIR_PORT: expected a whole number from 0 to 65535, got "http"\n');
  });
});

describe("what can't be started ends with exit code 1 and one line that says what to do", () => {
  test("a model file that is not there", () => {
    const { exitCode, stderr } = runWeir(["serve", "--model", "/nowhere/x.gguf"]);
    assert.equal(exitCode, 1);
    assert.equal(
      stderr,
      "weir: /nowhere/x.gguf: there is no such file; name the path of a GGUF file, or a model of weir models list\n",
    );
  });

  test("a file that is no model, and a folder", () => {
    const refusal =
      /^weir: [^\n]+: not a (GGUF )?file; name the path of a GGUF file, or a model of weir models list\n$/;
    assert.match(runWeir(["serve", "--model", mainPath]).stderr, refusal);
    assert.match(runWeir(["serve", "--model", "/"]).stderr, refusal);
  });

  test("a port that is in use", async () => {
    const holder = net.createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => holder.once("listening", resolve));
    const address = holder.address();
    assert.ok(address !== null && typeof address === "object");
    const { exitCode, stderr } = runWeir(["serve", "--port", String(address.port), "--log-level", "silent"]);
    holder.close();
    assert.equal(exitCode, 1);
    assert.match(stderr, new RegExp(`^weir: port ${address.port} on 127\\.0\\.0\\.1 is in use; [^\\n]+\\n$`));
  });
});

describe("help", () => {
  for (const [group, subcommand] of [
    ["models", "pull"],
    ["keys", "revoke"],
  ] as const) {
    test(`weir ${group} alone lists its commands`, () => {
      const { exitCode, stdout, stderr } = runWeir([group]);
      assert.deepEqual([exitCode, stderr], [0, ""]);
      assert.match(stdout, new RegExp(`^Usage: weir ${group} [^]*\\n  ${subcommand} `));
    });
  }

  test("names the commands and exits with 0", () => {
    const { exitCode, stdout } = runWeir(["--help"]);
    assert.equal(exitCode, 0);
    assert.match(stdout, /serve .*\n *doctor /);
  });

  test("says that the context is per slot, and shows short forms and defaults", () => {
    const help = runWeir(["serve", "--help"]).stdout.replaceAll(/\s+/g, " ");
    assert.match(help, /-c, --ctx-size <tokens> context in tokens PER SLOT/);
    assert.match(help, /-np, --parallel <slots> [^(]*\(default: 8\)/);
  });

  test("the version is the package's", () => {
    assert.match(runWeir(["--version"]).stdout, /^\d+\.\d+\.\d+\n$/);
  });
});
