import type { Tracing, TracingOptions } from "./tracing.js";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Null, and none of OpenTelemetry is loaded, where there is no endpoint: neither in the options nor in OpenTelemetry's own
 * variables, or those switch it off.
 */
export async function startTracing(
  options: TracingOptions,
  environment: Environment,
): Promise<Tracing | null> {
  if (!isWanted(options, environment)) return null;
  const { SpanExport } = await import("./span-export.js");
  return new SpanExport(options);
}

/** https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ */
function isWanted({ endpoint }: TracingOptions, environment: Environment): boolean {
  if (environment["OTEL_SDK_DISABLED"]?.trim().toLowerCase() === "true") return false;
  if (environment["OTEL_TRACES_EXPORTER"]?.trim() === "none") return false;
  const variables = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
  return endpoint !== null || variables.some((name) => Boolean(environment[name]?.trim()));
}
