import { WeirError } from "../errors.js";
import { readConfigFile } from "./config-file.js";
import { type Field, fields } from "./fields.js";
import { environmentNameOf } from "./setting.js";

export interface ConfigSources {
  /** Values of the flags that were given, by field name. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `--config`; without it the file that WEIR_CONFIG names, if it does. */
  readonly configFile?: string | undefined;
}

/** From the strongest to the weakest. */
export const originKinds = ["flag", "environment", "file", "default"] as const;

/** Where a setting's value comes from. */
export interface Origin {
  readonly kind: (typeof originKinds)[number];
  /** `--port`, `WEIR_PORT`, `weir.yaml:3`, `default`. */
  readonly place: string;
}

/** A value that was given for a field, not checked yet. */
export interface GivenValue {
  readonly field: Field;
  readonly value: unknown;
  readonly origin: Origin;
  /** For the message that refuses it, or a part of it. */
  readonly placeOf: (inner: readonly PropertyKey[]) => string;
}

/** The file that the sources name. */
export function configFileOf({ configFile, environment }: ConfigSources): string | undefined {
  return configFile ?? (environment[environmentNameOf("config")] || undefined);
}

/** What was given for each field, by its name: flags over environment over file. An empty variable is unset. */
export function givenValues(sources: ConfigSources): Map<string, GivenValue> {
  const given = new Map<string, GivenValue>();
  const file = configFileOf(sources);
  for (const { field, value, origin, placeOf } of file === undefined ? [] : readConfigFile(file)) {
    const place = (inner: readonly PropertyKey[]): string =>
      `${placeOf(inner)}: ${[field.key, ...inner.filter(isName)].join(".")}`;
    given.set(field.name, { field, value, origin: { kind: "file", place: origin }, placeOf: place });
  }
  for (const field of fields) {
    const { name, flag, variable } = field;
    const places = { environment: variable, flag };
    const values = { environment: sources.environment[variable] || undefined, flag: sources.flags[name] };
    for (const kind of ["environment", "flag"] as const) {
      const place = places[kind];
      const value = values[kind];
      if (value !== undefined)
        given.set(name, { field, value, origin: { kind, place }, placeOf: (inner) => within(place, inner) });
    }
  }
  settleAddresses(given);
  return given;
}

/** `--models: a.parallel`. */
function within(place: string, inner: readonly PropertyKey[]): string {
  const names = inner.filter(isName).join(".");
  return names === "" ? place : `${place}: ${names}`;
}

/** Places in a list are told by the list as a whole. */
function isName(key: PropertyKey): key is string {
  return typeof key === "string";
}

/**
 * `listen` says more than `host` and `port`; what was given at a stronger place goes, and at one place only one of the two
 * can be meant.
 *
 * @throws WeirError `invalid_argument`
 */
function settleAddresses(given: Map<string, GivenValue>): void {
  const listen = given.get("listen");
  if (listen === undefined) return;
  const rank = ({ origin }: GivenValue): number => originKinds.indexOf(origin.kind);
  for (const other of [given.get("host"), given.get("port")]) {
    if (other === undefined) continue;
    if (rank(other) === rank(listen)) {
      const reason = `says where to listen, and so does ${other.origin.place}: keep one of them`;
      throw new WeirError("invalid_argument", `${listen.placeOf([])}: ${reason}`);
    }
    given.delete(rank(other) < rank(listen) ? "listen" : other.field.name);
  }
}
