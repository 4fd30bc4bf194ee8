import fs from "node:fs";

/** What is done to a file: bytes are changed, or it ends early. */
export type Damage =
  | { readonly kind: "flips"; readonly flips: readonly { readonly at: number; readonly mask: number }[] }
  | { readonly kind: "set"; readonly at: number; readonly bytes: readonly number[] }
  | { readonly kind: "end"; readonly at: number };

export function flip(at: number, mask: number): Damage {
  return { kind: "flips", flips: [{ at, mask }] };
}

export function damageText(damage: Damage): string {
  if (damage.kind === "set") return `bytes ${damage.at} … = ${damage.bytes.join(" ")}`;
  if (damage.kind === "end") return `ends at ${damage.at}`;
  return damage.flips.map(({ at, mask }) => `byte ${at} ^ 0x${mask.toString(16)}`).join(", ");
}

/** Writes the damaged copy of a file. */
export function writeDamaged(original: Buffer, damage: Damage, file: string): void {
  const bytes = Buffer.from(damage.kind === "end" ? original.subarray(0, damage.at) : original);
  if (damage.kind === "flips") {
    for (const { at, mask } of damage.flips) bytes.writeUInt8(bytes.readUInt8(at) ^ mask, at);
  }
  if (damage.kind === "set") Buffer.from(damage.bytes).copy(bytes, damage.at);
  fs.writeFileSync(file, bytes);
}
