/** An event of a stream, its data parsed. */
export interface EventFrame {
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** The named events of a whole stream; comment lines left out. */
export function eventFrames(body: string): EventFrame[] {
  const lines = body.split("\n").filter((line) => /^(event|data): /.test(line));
  return lines.flatMap((line, index) => {
    const data = lines[index + 1] ?? "";
    if (!line.startsWith("event: ") || !data.startsWith("data: ")) return [];
    return [{ event: line.slice("event: ".length), data: JSON.parse(data.slice("data: ".length)) }];
  });
}
