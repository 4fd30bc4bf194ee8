const field = "data: ";

/** Takes server-sent events apart as they come. Comments and other fields than `data` are passed over. */
export class EventReader {
  readonly #onData: (payload: string) => void;
  #pending = "";

  constructor(onData: (payload: string) => void) {
    this.#onData = onData;
  }

  push(text: string): void {
    const all = this.#pending === "" ? text : this.#pending + text;
    let from = 0;
    for (let end = all.indexOf("\n", from); end >= 0; end = all.indexOf("\n", from)) {
      if (all.startsWith(field, from)) this.#onData(all.slice(from + field.length, end));
      from = end + 1;
    }
    this.#pending = all.slice(from);
  }
}
