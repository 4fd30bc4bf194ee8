// Sizes and durations as people write them, and back.

const byteUnits: readonly Unit[] = [
  ["B", 1],
  ["kB", 1e3],
  ["KiB", 2 ** 10],
  ["MB", 1e6],
  ["MiB", 2 ** 20],
  ["GB", 1e9],
  ["GiB", 2 ** 30],
  ["TB", 1e12],
  ["TiB", 2 ** 40],
];
const timeUnits: readonly Unit[] = [
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
];

/** A name, and how many bytes or milliseconds it stands for. */
type Unit = readonly [name: string, worth: number];

export const byteUnitNames = byteUnits.map(([name]) => name);
export const timeUnitNames = timeUnits.map(([name]) => name);

/** `10MB`, `64 MiB`, `1.5GB`, in any case → bytes. Null for anything else, a number without a unit too. */
export function readSize(text: string): number | null {
  const [, amount, name] = /^(\d+(?:\.\d+)?) *([a-z]+)$/i.exec(text.trim()) ?? [];
  return amount === undefined || name === undefined ? null : times(amount, name.toLowerCase(), byteUnits);
}

/** `240s`, `500ms`, `1.5h`, `1m30s` → milliseconds. Null for anything else, a number without a unit too. */
export function readDuration(text: string): number | null {
  const compact = text.replaceAll(" ", "").toLowerCase();
  if (!/^(\d+(\.\d+)?[a-z]+)+$/.test(compact)) return null;
  let totalMs = 0;
  for (const [, amount = "", name = ""] of compact.matchAll(/(\d+(?:\.\d+)?)([a-z]+)/g)) {
    const part = times(amount, name, timeUnits);
    if (part === null) return null;
    totalMs += part;
  }
  return totalMs;
}

/** `10000000` → `10MB`. */
export function writeSize(bytes: number): string {
  return write(bytes, byteUnits);
}

/** `300000` → `5m`. */
export function writeDuration(milliseconds: number): string {
  return write(milliseconds, timeUnits);
}

/** Whole bytes and milliseconds: nobody means a part of one. */
function times(amount: string, name: string, units: readonly Unit[]): number | null {
  const worth = units.find(([known]) => known.toLowerCase() === name)?.[1];
  return worth === undefined ? null : Math.round(Number(amount) * worth);
}

/** In the largest unit that leaves a whole number. */
function write(value: number, units: readonly Unit[]): string {
  if (value === 0) return "0";
  const [name, worth] = units.findLast(([, worth]) => value % worth === 0) ?? ["", 1];
  return `${value / worth}${name}`;
}
