const year = "(?:\\d{4})";
const leapYear = "(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)";
const day = {
  of31: "(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])",
  of30: "(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)",
  of28: "02-(?:0[1-9]|1\\d|2[0-8])",
};
const date = `(?:${year}-(?:${day.of31}|${day.of30}|${day.of28})|${leapYear}-02-29)`;
const clock = "(?:[01]\\d|2[0-3]):[0-5]\\d";
const time = `${clock}:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|[+-]${clock})`;

const durationDate = "(?:\\d{1,9}Y(?:\\d{1,9}M)?(?:\\d{1,9}D)?|\\d{1,9}M(?:\\d{1,9}D)?|\\d{1,9}D)";
const durationTime = "T(?:\\d{1,9}H(?:\\d{1,9}M)?(?:\\d{1,9}S)?|\\d{1,9}M(?:\\d{1,9}S)?|\\d{1,9}S)";
const duration = `P(?:\\d{1,9}W|${durationDate}(?:${durationTime})?|${durationTime})`;

const label = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?";
const shortLabel = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}[A-Za-z0-9])?";
/** At most six labels of at most forty characters: a name may have 253 in all, and each label 63. */
const hostname = `${shortLabel}(?:\\.${shortLabel}){0,5}`;
const email = `[A-Za-z0-9_%+-]+(?:\\.[A-Za-z0-9_%+-]+)*@(?:${label}\\.)+[A-Za-z]{2,}`;

const octet = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const ipv4 = `(?:${octet}\\.){3}${octet}`;
const group = "[0-9A-Fa-f]{1,4}";
const ipv6 = [
  `(?:${group}:){7}${group}`,
  `(?:${group}:){1,7}:`,
  ...[1, 2, 3, 4, 5, 6].map((after) => `(?:${group}:){1,${7 - after}}(?::${group}){${after}}`),
  `:(?::${group}){1,7}`,
  "::",
].join("|");

const urlCharacter = "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})";
const path = `(?:/${urlCharacter}*)*`;
const queryAndFragment = `(?:\\?(?:${urlCharacter}|[/?])*)?(?:#(?:${urlCharacter}|[/?])*)?`;
const authority = `${label}(?:\\.${label})*(?::\\d{1,5})?`;
const uri = `[A-Za-z][A-Za-z0-9+.-]{0,20}:(?://${authority}${path}|${urlCharacter}+)${queryAndFragment}`;

const base64 = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?";

/**
 * Regular expressions of formats, each at least as strict as the format: what one of them matches is of the format. Null
 * where a format does not say anything about the text.
 */
const patterns = {
  date,
  time,
  "date-time": `${date}T${time}`,
  duration,
  email,
  hostname,
  ipv4,
  ipv6,
  uuid: "[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}",
  uri,
  iri: uri,
  "uri-reference": `${uri}|/?(?:${urlCharacter}+${path})?${queryAndFragment}`,
  "json-pointer": "(?:/(?:[^~/]|~[01])*)*",
  byte: base64,
  password: null,
  binary: null,
} as const;

type Format = keyof typeof patterns;

export function isKnownFormat(format: string): format is Format {
  return Object.hasOwn(patterns, format);
}

/** The regular expression of a format; null where it takes every text. */
export function formatPattern(format: Format): string | null {
  const pattern = patterns[format];
  return pattern === null ? null : `^(?:${pattern})$`;
}
