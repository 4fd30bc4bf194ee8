import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfig } from "#weir/config/load.js";
import { healthPaths } from "#weir/server/routes/health.js";
import { deployDocuments, deployText, spanMs } from "./deploy-file.js";

const { listeners, clusters } = deployDocuments("envoy/envoy.yaml")[0].static_resources;
const [cluster] = clusters;
const manager = listeners[0].filter_chains[0].filters[0].typed_config;
const settings = loadConfig({ flags: {}, environment: {} });

/** One of those that a request's machine is found by. */
interface Policy {
  readonly header?: { readonly header_name: string };
  readonly connection_properties?: object;
  readonly terminal?: boolean;
}

// Envoy is not among Debian's packages: these are cross-references only.
test("Envoy's routes go to the cluster that is there, without a limit to an answer's time", () => {
  const routes = manager.route_config.virtual_hosts[0].routes.flatMap(({ route = null }) => route ?? []);
  assert.deepEqual(
    routes.map((route: { cluster: string; timeout: string }) => [route.cluster, route.timeout]),
    [[cluster.name, "0s"]],
  );
  assert.equal(cluster.load_assignment.cluster_name, cluster.name);
});

test("Envoy takes the bodies that Weir takes, and can keep them for another try", () => {
  const [buffer] = manager.http_filters;
  assert.equal(buffer.typed_config.max_request_bytes, settings.maxBody);
  for (const { per_connection_buffer_limit_bytes: limit } of [listeners[0], cluster])
    assert.ok(limit > settings.maxBody);
});

test("Envoy lets go of a connection before Weir does, and asks a path that Weir answers", () => {
  const [options] = Object.values<{ common_http_protocol_options: { idle_timeout: string } }>(
    cluster.typed_extension_protocol_options,
  );
  assert.ok(spanMs(options?.common_http_protocol_options.idle_timeout ?? "") < settings.keepAliveTimeout);
  assert.ok(healthPaths.includes(cluster.health_checks[0].http_health_check.path));
});

test("Envoy keeps a conversation at its machine by what nginx hashes: key and session, and else the address", () => {
  const [{ hash_policy: policies }] = manager.route_config.virtual_hosts[0].routes.flatMap(
    ({ route = null }) => route ?? [],
  );
  const hashed = policies.map((policy: Policy) => [
    policy.header?.header_name ?? Object.keys(policy.connection_properties ?? {})[0],
    policy.terminal === true,
  ]);
  assert.deepEqual(hashed, [
    ["authorization", false],
    ["x-session-id", true],
    ["source_ip", false],
  ]);
  assert.equal(cluster.lb_policy, "RING_HASH");
  assert.match(
    deployText("nginx/weir.conf"),
    /^map \$http_authorization\$http_x_session_id \$weir_affinity/m,
  );
});

test("Envoy's machines have Weir's port", () => {
  const endpoints = cluster.load_assignment.endpoints[0].lb_endpoints;
  for (const { endpoint } of endpoints)
    assert.equal(endpoint.address.socket_address.port_value, settings.port);
});
