/** Prometheus's text format, read: the value of each series under its name and its labels in alphabetical order. */
export class MetricText {
  readonly text: string;
  readonly #series = new Map<string, number>();

  constructor(text: string) {
    this.text = text;
    for (const line of text.split("\n")) {
      const [, name, labels = "", value] = /^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      if (name === undefined) continue;
      const key = keyOf(name, parseLabels(labels));
      if (this.#series.has(key)) throw new Error(`two samples of ${key}`);
      this.#series.set(key, Number(value));
    }
  }

  /** Undefined where there is no such series. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    return this.#series.get(keyOf(name, labels));
  }

  get series(): string[] {
    return [...this.#series.keys()];
  }

  /** The names that have samples; of a histogram those of its parts. */
  get names(): string[] {
    return [...new Set(this.series.map((key) => key.slice(0, key.indexOf("{"))))];
  }
}

function parseLabels(text: string): Record<string, string> {
  const pairs = text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g);
  return Object.fromEntries([...pairs].map(([, name = "", value = ""]) => [name, value]));
}

function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${name}{${sorted.map(([label, value]) => `${label}="${value}"`).join(",")}}`;
}
