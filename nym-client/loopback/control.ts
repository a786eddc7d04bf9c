/** The commands of the mixnet over a WebSocket: JSON in, JSON out, one answer a command, in order. */
import { z } from "zod";
import type { SenderTag } from "../../src/protocol/nym-client/sender-tag.js";
import { faultChanges } from "./faults.js";
import type { LoopbackMixnet } from "./mixnet.js";

const client = z.string().min(1);
const how = z.enum(["graceful", "killed"]);

const commands = z.discriminatedUnion("command", [
  z.strictObject({ command: z.literal("restart"), client, how, downMs: z.number().nonnegative().optional() }),
  z.strictObject({ command: z.literal("stop"), client, how }),
  z.strictObject({ command: z.literal("start"), client }),
  z.strictObject({ command: z.literal("faults"), client: client.optional(), changes: faultChanges }),
  z.strictObject({ command: z.literal("dropSocket"), client }),
  z.strictObject({
    command: z.literal("exhaust"),
    client,
    tag: z
      .string()
      .regex(/^[0-9a-f]{32}$/, "32 lowercase hex characters")
      .transform((tag) => tag as SenderTag)
      .optional(),
  }),
  z.strictObject({ command: z.literal("rotateKeys") }),
  z.strictObject({ command: z.literal("addressOf"), client }),
  z.strictObject({ command: z.literal("counters"), client: client.optional() }),
]);

type Command = z.output<typeof commands>;

/** What comes back: the command's result, `null` if it has none, or why it was not done. */
export type ControlAnswer =
  { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly error: string };

/** Does the command in `text`. Never throws: what is wrong with a command is in the answer. */
export async function control(mixnet: LoopbackMixnet, text: string): Promise<ControlAnswer> {
  try {
    return { ok: true, result: await run(mixnet, commands.parse(JSON.parse(text))) };
  } catch (error) {
    if (error instanceof z.ZodError) return { ok: false, error: z.prettifyError(error) };
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}

async function run(mixnet: LoopbackMixnet, command: Command): Promise<unknown> {
  switch (command.command) {
    case "restart":
      await mixnet.restart(command.client, command.how, command.downMs);
      return null;
    case "stop":
      mixnet.stop(command.client, command.how);
      return null;
    case "start":
      mixnet.start(command.client);
      return null;
    case "faults":
      return mixnet.faults(command.changes, command.client);
    case "dropSocket":
      return mixnet.dropSocket(command.client);
    case "exhaust":
      return mixnet.exhaust(command.client, command.tag);
    case "rotateKeys":
      mixnet.rotateKeys();
      return null;
    case "addressOf":
      return mixnet.addressOf(command.client);
    case "counters":
      return command.client === undefined ? mixnet.counters() : mixnet.counters(command.client);
  }
}
