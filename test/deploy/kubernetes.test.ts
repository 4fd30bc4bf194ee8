import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { loadConfig } from "#weir/config/load.js";
import { KeyRing } from "#weir/keys/key-ring.js";
import type { ModelDirectory } from "#weir/registry/served-model.js";
import { buildApp } from "#weir/server/app.js";
import { healthPaths } from "#weir/server/routes/health.js";
import { createLogger } from "#weir/telemetry/logger.js";
import { metricGroups } from "#weir/telemetry/metric-list.js";
import { projectDirectory } from "../support/models.js";
import { deployDocuments, freeingMs } from "./deploy-file.js";
import { dockerfileStages, textsOf } from "./dockerfile.js";

const folder = "kubernetes";
const documents = [folder, `${folder}/options`].flatMap((parent) =>
  fs
    .readdirSync(path.join(projectDirectory, "deploy", parent))
    .filter((name) => name.endsWith(".yaml"))
    .flatMap((name) => deployDocuments(path.join(parent, name))),
);
const deployment = theOnly("Deployment");
const pod = deployment.spec.template.spec;
const [container] = pod.containers;
const { "prometheus.io/path": scrapePath, "prometheus.io/port": scrapePort } =
  deployment.spec.template.metadata.annotations;
const image = dockerfileStages().at(-1)?.instructions ?? [];

function all(kind: string) {
  return documents.filter((document) => document.kind === kind);
}

function theOnly(kind: string) {
  const [document, ...others] = all(kind);
  assert.deepEqual([document === undefined, others.length], [false, 0], kind);
  return document;
}

/** What a mounted path is: the volume and the file's name in it. */
function mounted(file: string) {
  const mount = container.volumeMounts.find(({ mountPath }: { mountPath: string }) =>
    file.startsWith(`${mountPath}/`),
  );
  const volume = pod.volumes.find(({ name }: { name: string }) => name === mount?.name);
  return { volume, name: path.relative(mount?.mountPath ?? "", file) };
}

describe("the settings in the ConfigMap", () => {
  let config: ReturnType<typeof loadConfig>;
  let keys: KeyRing;
  let scratch = "";
  before(() => {
    scratch = fs.mkdtempSync(path.join(os.tmpdir(), "weir-kubernetes-"));
    config = loadConfig({ flags: {}, environment: {}, configFile: write("weir.yaml", theOnly("ConfigMap")) });
    keys = new KeyRing();
    keys.reload([], write(mounted(config.keysFile ?? "").name, theOnly("Secret")));
  });
  after(() => fs.rmSync(scratch, { recursive: true }));

  function write(name: string, { data, stringData }: { data?: object; stringData?: object }): string {
    const text = Object.entries({ ...data, ...stringData }).find(([key]) => key === name)?.[1];
    const file = path.join(scratch, name);
    fs.writeFileSync(file, String(text));
    return file;
  }

  test("are mounted where the image looks for them", () => {
    const variable = /WEIR_CONFIG=(\S+)/.exec(textsOf(image, "ENV").join(" "))?.[1] ?? "";
    const { volume, name } = mounted(variable);
    assert.deepEqual([volume?.configMap?.name, name], [theOnly("ConfigMap").metadata.name, "weir.yaml"]);
  });

  test("listen where the pod's port is, on more than the loopback", () => {
    assert.deepEqual(container.ports, [{ name: "http", containerPort: config.port }]);
    assert.equal(config.host, "0.0.0.0");
  });

  test("name a model and a keys file that are mounted, and keys that Weir takes", () => {
    const claim = mounted(config.model ?? "").volume?.persistentVolumeClaim?.claimName;
    assert.equal(claim, theOnly("PersistentVolumeClaim").metadata.name);
    assert.equal(mounted(config.keysFile ?? "").volume?.secret?.secretName, theOnly("Secret").metadata.name);
    assert.equal(keys.keys.length, 1);
  });

  test("let another pod scrape without a key, and do nothing else", async () => {
    const models: ModelDirectory = { state: "loading", progress: 0, list: () => [], find: () => undefined };
    const { metricsAccess } = config;
    const app = buildApp({ models, logger: createLogger("silent"), keys, metricsAccess });
    const statuses: number[] = [];
    for (const url of [scrapePath, "/v1/models"])
      statuses.push((await app.inject({ url, remoteAddress: "10.1.2.3" })).statusCode);
    await app.close();
    assert.deepEqual(statuses, [200, 401]);
  });

  test("drain within the time that Kubernetes waits, and leave it time to notice first", () => {
    const { drainDelay, drainTimeout } = config;
    assert.ok(pod.terminationGracePeriodSeconds * 1_000 >= drainDelay + drainTimeout + freeingMs);
    const { periodSeconds, failureThreshold } = container.readinessProbe;
    assert.ok(drainDelay > periodSeconds * failureThreshold * 1_000);
  });
});

test("every volume that is mounted is there, and no other", () => {
  const names = (items: readonly { name: string }[]): string[] => items.map(({ name }) => name).sort();
  assert.deepEqual(names(container.volumeMounts), names(pod.volumes));
});

test("services, the disruption budget and the deployment itself select the pods", () => {
  const { labels } = deployment.spec.template.metadata;
  const selectors = [
    deployment.spec.selector.matchLabels,
    theOnly("PodDisruptionBudget").spec.selector.matchLabels,
    ...all("Service").map(({ spec }) => spec.selector),
  ];
  for (const selector of selectors) assert.deepEqual(selector, labels);
});

test("services and probes go to a port that the container has, and probes to paths that Weir answers", () => {
  const ports = container.ports.map(({ name }: { name: string }) => name);
  const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
  const targets = all("Service").flatMap(({ spec }) =>
    spec.ports.map(({ targetPort }: { targetPort: string }) => targetPort),
  );
  for (const port of [...probes.map((probe) => probe.httpGet.port), ...targets])
    assert.ok(ports.includes(port));
  const paths = probes.map((probe) => probe.httpGet.path);
  assert.deepEqual(paths, ["/health/ready", "/health/live", "/health/ready"]);
  for (const probed of paths) assert.ok(healthPaths.includes(probed));
});

test("the pod runs as the image's user, who is not root", () => {
  const { runAsUser, runAsGroup, runAsNonRoot } = pod.securityContext;
  assert.deepEqual(textsOf(image, "USER"), [`${runAsUser}:${runAsGroup}`]);
  assert.ok(runAsNonRoot);
});

test("the rollout is as patient as the startup probe", () => {
  const { periodSeconds, failureThreshold } = container.startupProbe;
  assert.ok(deployment.spec.progressDeadlineSeconds > periodSeconds * failureThreshold);
});

test("annotations and monitor have Prometheus scrape the pods' port", () => {
  const [port] = container.ports;
  assert.equal(scrapePort, String(port.containerPort));
  const { selector, podMetricsEndpoints } = theOnly("PodMonitor").spec;
  assert.deepEqual(selector.matchLabels, deployment.spec.template.metadata.labels);
  const [endpoint] = podMetricsEndpoints;
  assert.deepEqual([endpoint.port, endpoint.path], [port.name, scrapePath]);
});

test("autoscaling changes the deployment by how many answers wait for each pod", () => {
  const { scaleTargetRef, triggers } = theOnly("ScaledObject").spec;
  assert.equal(scaleTargetRef.name, deployment.metadata.name);
  const [{ type, metricType, metadata }] = triggers;
  assert.deepEqual([triggers.length, type, metricType], [1, "prometheus", "AverageValue"]);
  assert.match(metadata.query, /^sum\(avg_over_time\(weir_gate_waiting_requests\{lane="answers"/);
});

test("metrics are named that Weir has, with labels that it or Kubernetes gives", () => {
  const metrics = metricGroups.flatMap(({ metrics }) => metrics);
  const series = [...JSON.stringify(documents).matchAll(/\b(weir_\w+)\{(.*?)\}/g)];
  assert.equal(series.length, JSON.stringify(documents).match(/\bweir_\w+/g)?.length);
  for (const [, name, selectors = ""] of series) {
    const metric = metrics.find((candidate) => candidate.name === name);
    const known: readonly string[] = ["namespace", ...(metric?.labels ?? assert.fail(name))];
    for (const [, label = ""] of selectors.matchAll(/(\w+)=/g)) assert.ok(known.includes(label), label);
  }
});
