/** SHA-256 (FIPS 180-4) of files that are too large to be read at once. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** The SHA-256 of the file at `path`, as 64 lower-case hex characters. Throws the system's error. */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest("hex");
}
