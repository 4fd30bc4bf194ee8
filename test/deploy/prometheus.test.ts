import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { parse, stringify } from "yaml";
import { metricGroups } from "#weir/telemetry/metric-list.js";
import { WeirProcess } from "../cli/weir.js";
import { eventually } from "../http/requests.js";
import { projectDirectory } from "../support/models.js";
import { freePort, isInstalled, Program, run } from "./programs.js";

const deploy = path.join(projectDirectory, "deploy");
const alerts = path.join(deploy, "prometheus/alerts.yml");
const skip = isInstalled("promtool") ? false : "prometheus is not installed (.ci/run installs it)";

interface Rule {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

/** The expressions of the dashboard, with Grafana's variables filled in, and those of the alerts. */
function expressions(): { readonly where: string; readonly expr: string }[] {
  const dashboard = JSON.parse(fs.readFileSync(path.join(deploy, "grafana/weir.json"), "utf8"));
  const panels: readonly Panel[] = dashboard.panels;
  const shown = panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      where: `panel ${title}`,
      expr: expr.replaceAll("$__rate_interval", "30s").replaceAll(/\$(model|instance)/g, ".*"),
    })),
  );
  const groups: readonly { rules: { alert: string; expr: string }[] }[] = parse(
    fs.readFileSync(alerts, "utf8"),
  ).groups;
  const watched = groups.flatMap(({ rules }) =>
    rules.map(({ alert, expr }) => ({ where: `alert ${alert}`, expr })),
  );
  return [...shown, ...watched];
}

function namesIn(expr: string): string[] {
  return expr.match(/\b(weir|process|nodejs)_\w+/g) ?? [];
}

describe("what promtool says", { skip }, () => {
  test("the scrape configuration, with its alerts, is valid", async () => {
    const said = await run("promtool", ["check", "config", path.join(deploy, "prometheus/prometheus.yml")]);
    assert.match(said, /SUCCESS: 10 rules found/);
  });

  test("every alert fires when it should, and not before", async () => {
    const tests = path.join(deploy, "prometheus/alerts.test.yml");
    assert.match(await run("promtool", ["test", "rules", tests]), /SUCCESS/);
    const tested = fs.readFileSync(tests, "utf8");
    for (const { where } of expressions().filter(({ where }) => where.startsWith("alert")))
      assert.ok(tested.includes(`alertname: ${where.slice("alert ".length)}\n`), where);
  });
});

describe("a real Prometheus that scrapes a real Weir", { skip }, () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-prometheus-"));
  const weir = new WeirProcess(
    ...["--api-key", "sk-client", "--metrics-access", "open"],
    ...["--parallel", "1", "--ctx-size", "512", "--queue-size", "1"],
  );
  let prometheus: Program;
  let origin = "";
  let api = "";
  after(async () => {
    await Promise.all([prometheus?.end(), weir.end("SIGTERM")]);
    fs.rmSync(folder, { recursive: true });
  });

  before(async () => {
    origin = /(http:\S+?)\/v1/.exec(await weir.ready())?.[1] ?? "";
    await askFor(40);
    const config = parse(fs.readFileSync(path.join(deploy, "prometheus/prometheus.yml"), "utf8"));
    config.global = { scrape_interval: "2s", scrape_timeout: "2s", evaluation_interval: "1s" };
    config.rule_files = [alerts];
    config.scrape_configs[0].static_configs[0].targets = [new URL(origin).host];
    const file = path.join(folder, "prometheus.yml");
    fs.writeFileSync(file, stringify(config));
    const listen = `127.0.0.1:${await freePort()}`;
    api = `http://${listen}/api/v1`;
    prometheus = new Program("prometheus", [
      ...["--config.file", file, "--storage.tsdb.path", path.join(folder, "data")],
      ...["--web.listen-address", listen],
    ]);
    await eventually(async () => (await scraped()) >= 2, 30_000).catch((thrown: unknown) => {
      throw new Error(`Prometheus has not scraped: ${prometheus.output}`, { cause: thrown });
    });
  });

  /** So many requests at once, of which one runs and one waits: the others are refused. */
  async function askFor(requests: number): Promise<number[]> {
    const headers = { authorization: "Bearer sk-client", "content-type": "application/json" };
    const messages = [{ role: "user", content: "one two three four five six" }];
    const body = JSON.stringify({ model: "echo-q4_0", messages });
    const all = Array.from({ length: requests }, async () => {
      const response = await fetch(`${origin}/v1/chat/completions`, { method: "POST", headers, body });
      await response.text();
      return response.status;
    });
    return Promise.all(all);
  }

  async function get(path: string): Promise<unknown> {
    const response = await fetch(api + path);
    const { status, data, error } = (await response.json()) as Record<string, unknown>; // Prometheus's own format
    if (status !== "success") throw new Error(String(error));
    return data;
  }

  /** The values of an instant query. */
  async function query(expr: string): Promise<number[]> {
    const data = await get(`/query?query=${encodeURIComponent(expr)}`);
    const { result } = data as { result: { value: [number, string] }[] }; // a vector
    return result.map(({ value }) => Number(value[1]));
  }

  async function scraped(): Promise<number> {
    return (await query("sum(count_over_time(up[1m]))").catch(() => [0]))[0] ?? 0;
  }

  test("finds it up, and reads in it what was asked", async () => {
    assert.deepEqual(await query('up{job="weir"}'), [1]);
    assert.deepEqual(await query('weir_server_state{state="ready"}'), [1]);
    const [served = 0] = await query('weir_requests_total{finish_reason="stop"}');
    const [refused = 0] = await query('weir_errors_total{code="queue_full"}');
    assert.equal(served + refused, 40);
    assert.ok(served > 0 && refused > 0);
    const [tokens = 0] = await query("weir_completion_tokens_total");
    assert.deepEqual(await query("weir_request_answer_tokens_sum"), [tokens]);
  });

  test("every rule evaluates, and none of them fires on a server that is well", async () => {
    const rulesNow = async (): Promise<Rule[]> => {
      const { groups } = (await get("/rules")) as { groups: { rules: Rule[] }[] };
      return groups.flatMap(({ rules }) => rules);
    };
    await eventually(async () => (await rulesNow()).every(({ health }) => health !== "unknown"), 10_000);
    const rules = await rulesNow();
    assert.equal(rules.length, 10);
    assert.deepEqual(
      rules.filter(({ health }) => health !== "ok"),
      [],
    );
    assert.deepEqual(await query('ALERTS{alertstate="firing"}'), []);
  });

  test("every metric that the dashboard and the alerts name is there", async () => {
    const known = new Set((await get("/label/__name__/values")) as string[]);
    const missing = expressions().flatMap(({ where, expr }) =>
      namesIn(expr)
        .filter((name) => !known.has(name))
        .map((name) => `${where}: ${name}`),
    );
    assert.deepEqual(missing, []);
  });

  test("every panel of the dashboard has a value once something was asked", async () => {
    await askFor(10);
    const before = await scraped();
    await eventually(async () => (await scraped()) >= before + 2, 10_000);
    const panels = expressions().filter(({ where }) => where.startsWith("panel"));
    assert.ok(panels.length > 20);
    for (const { where, expr } of panels) {
      const values = await query(expr);
      assert.ok(values.length > 0 && values.some((value) => !Number.isNaN(value)), `${where}: ${expr}`);
    }
  });

  test("the text of a scrape is what promtool would have", async () => {
    const text = await (await fetch(`${origin}/metrics`)).text();
    const own = text.split("\n\n").filter((metric) => metric.startsWith("# HELP weir_"));
    assert.equal(own.length, metricGroups.flatMap(({ metrics }) => metrics).length);
    await run("promtool", ["check", "metrics"], `${own.join("\n")}\n`);
  });
});
