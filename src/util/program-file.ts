/** Whether a file is a program that this machine can run, as far as its first bytes and its mode tell. */
import { access, constants, open, stat } from "node:fs/promises";

/** What stands in the way, in words that follow the file's name. */
export type ProgramProblem =
  "is missing" | "is no file" | "is not executable" | "cannot be read" | "is no program" | `is built for ${string}`;

/** e_machine of the ELF header (System V ABI), by Node's names of architectures. */
const ELF_MACHINES: Readonly<Record<number, string>> = {
  0x03: "ia32",
  0x16: "s390x",
  0x28: "arm",
  0x3e: "x64",
  0xb7: "arm64",
  0xf3: "riscv64",
};
/** Magic numbers of Mach-O files, in either order of bytes, alone or for several architectures. */
const MACH_O = new Set(["cffaedfe", "feedfacf", "cafebabe", "cefaedfe", "feedface"]);
const HEADER_BYTES = 20;

/** The first problem with running the file at `path` here; `undefined` if there is none to see. `mode`: whether it must be executable already. */
export async function programProblem(
  path: string,
  { mode = true, platform = process.platform, arch = process.arch } = {},
): Promise<ProgramProblem | undefined> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) return "is missing";
  if (!stats.isFile()) return "is no file";
  if (mode && !(await isExecutable(path))) return "is not executable";
  const header = await readHeader(path).catch(() => undefined);
  if (header === undefined) return "cannot be read";
  const built = builtFor(header);
  if (built === "script") return undefined;
  if (built === undefined) return "is no program";
  if (built.platform !== platform) return `is built for ${built.platform}`;
  return built.arch === undefined || built.arch === arch ? undefined : `is built for ${built.platform}-${built.arch}`;
}

function builtFor(header: Buffer): { platform: string; arch: string | undefined } | "script" | undefined {
  if (header.toString("latin1", 0, 2) === "#!") return "script";
  if (MACH_O.has(header.toString("hex", 0, 4))) return { platform: "darwin", arch: undefined };
  if (header.toString("latin1", 0, 4) !== "\u007fELF" || header.length < HEADER_BYTES) return undefined;
  const machine = header[5] === 2 ? header.readUInt16BE(18) : header.readUInt16LE(18);
  return { platform: "linux", arch: ELF_MACHINES[machine] ?? `machine ${machine}` };
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function readHeader(path: string): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
