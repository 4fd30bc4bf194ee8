import type { TensorInfo } from "./gguf-file.js";
import type { HeaderBytes } from "./header-bytes.js";
import { readText } from "./read-text.js";
import { type GgmlType, ggmlTypes } from "./tensor-type.js";

/** ggml's GGML_MAX_NAME, without the zero at its end. */
const maxNameBytes = 63;

/** ggml's GGML_MAX_DIMS. */
const maxDimensions = 4;

/** The largest models have some thousands. */
export const maxTensors = 1_048_576;

/** Values of a tensor: its bytes are then counted exactly, and no product overflows. */
const maxValues = 2 ** 48;

/**
 * What the file says of its tensors. Their offsets are counted from where the data begins.
 *
 * @param alignment of each tensor's data
 * @throws WeirError `model_load_failed`
 */
export async function readTensors(
  bytes: HeaderBytes,
  count: number,
  alignment: number,
): Promise<TensorInfo[]> {
  if (count > maxTensors)
    throw bytes.refusal(`it claims ${count} tensors, and ${maxTensors} at most can be right`);
  const tensors: TensorInfo[] = [];
  const names = new Set<string>();
  let end = 0;
  for (let index = 0; index < count; index++) {
    const tensor = await readTensor(bytes, index);
    if (names.has(tensor.name)) throw bytes.refusal(`the tensor ${tensor.name} is there twice`);
    if (tensor.offset !== end) {
      throw bytes.refusal(`the data of tensor ${tensor.name} begins at ${tensor.offset} instead of ${end}`);
    }
    names.add(tensor.name);
    tensors.push(tensor);
    end += padded(tensor.bytes, alignment);
  }
  return tensors;
}

/** Up to the next multiple of the alignment. */
export function padded(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

async function readTensor(bytes: HeaderBytes, index: number): Promise<TensorInfo> {
  const name = await readText(bytes, `the name of tensor ${index}`, maxNameBytes);
  if (name === "" || name.includes("\0")) {
    throw bytes.refusal(
      `the name of tensor ${index} before byte ${bytes.position} is ${JSON.stringify(name)}`,
    );
  }
  const dimensions = await readDimensions(bytes, name);
  await bytes.need(12, `tensor ${name}`);
  const typeId = bytes.uint32();
  const offset = bytes.uint64();
  const type = ggmlTypes.get(typeId);
  if (type === undefined) {
    throw bytes.refusal(`tensor ${name} has the unknown type ${typeId} at byte ${bytes.position - 12}`);
  }
  return { name, dimensions, type, offset, bytes: tensorBytes(bytes, name, dimensions, type) };
}

async function readDimensions(bytes: HeaderBytes, name: string): Promise<number[]> {
  await bytes.need(4, `tensor ${name}`);
  const count = bytes.uint32();
  if (count < 1 || count > maxDimensions) {
    throw bytes.refusal(`tensor ${name} has ${count} dimensions, not 1 to ${maxDimensions}`);
  }
  await bytes.need(8 * count, `tensor ${name}`);
  const dimensions = Array.from({ length: count }, () => bytes.uint64());
  const values = dimensions.reduce((product, length) => product * length, 1);
  if (values < 1 || values > maxValues)
    throw bytes.refusal(`tensor ${name} cannot be ${dimensions.join(" × ")}`);
  return dimensions;
}

function tensorBytes(
  bytes: HeaderBytes,
  name: string,
  dimensions: readonly number[],
  type: GgmlType,
): number {
  const { blockValues, blockBytes } = type;
  const [rowValues = 1, ...rows] = dimensions;
  if (rowValues % blockValues !== 0) {
    throw bytes.refusal(
      `a row of tensor ${name} has ${rowValues} values, which are no whole ${type.name} blocks of ${blockValues}`,
    );
  }
  return rows.reduce((product, length) => product * length, (rowValues / blockValues) * blockBytes);
}
