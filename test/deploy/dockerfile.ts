import { deployText } from "./deploy-file.js";

/** `COPY`, `--from=build /opt/weir/dist dist`. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** A `FROM` and what follows it. */
export interface Stage {
  readonly name: string | null;
  readonly instructions: readonly Instruction[];
}

/** `COPY [--from=stage] source … target`. */
export interface Copy {
  readonly from: string | null;
  readonly sources: readonly string[];
  readonly target: string;
}

/** The stages of deploy/docker/Dockerfile. */
export function dockerfileStages(): readonly Stage[] {
  const lines = deployText("docker/Dockerfile")
    .replace(/^\s*#.*\n/gm, "")
    .replace(/\\\n/g, " ")
    .split("\n");
  const stages: { name: string | null; instructions: Instruction[] }[] = [];
  for (const line of lines.filter((text) => text.trim() !== "")) {
    const [, name = "", text = ""] = /^(\w+)\s+(.*?)\s*$/.exec(line) ?? [];
    if (name === "FROM") stages.push({ name: / AS (\S+)$/.exec(text)?.[1] ?? null, instructions: [] });
    else stages.at(-1)?.instructions.push({ name, text });
  }
  return stages;
}

export function copiesOf({ instructions }: Stage): readonly Copy[] {
  return textsOf(instructions, "COPY").map((text) => {
    const words = text.split(/\s+/);
    const from = /^--from=(.*)$/.exec(words[0] ?? "")?.[1] ?? null;
    const paths = from === null ? words : words.slice(1);
    return { from, sources: paths.slice(0, -1), target: paths.at(-1) ?? "" };
  });
}

/** The values of these instructions, in the file's order. */
export function textsOf(instructions: readonly Instruction[], name: string): readonly string[] {
  return instructions.filter((instruction) => instruction.name === name).map(({ text }) => text);
}

/** The paths that a stage removes again: the words after `rm -r`, those of the shell's variables aside. */
export function removedPaths({ instructions }: Stage): readonly string[] {
  return textsOf(instructions, "RUN").flatMap((text) =>
    [...text.matchAll(/rm -r ([^&;]*)/g)].flatMap(([, paths = ""]) =>
      paths.split(/\s+/).filter((word) => word !== "" && !word.includes("$")),
    ),
  );
}
