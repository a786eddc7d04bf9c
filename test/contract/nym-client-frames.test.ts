/** Replays the frames recorded from real nym-client processes; addresses and tags are the mixnet's own, consistently. */
import { readFile } from "node:fs/promises";
import { afterEach, describe, expect, test } from "vitest";
import { createLoopbackMixnet, type LoopbackMixnet } from "../../nym-client/loopback/mixnet.js";
import { addressFromBytes, addressToBytes } from "../../src/protocol/nym-client/address.js";
import type { SenderTag } from "../../src/protocol/nym-client/sender-tag.js";
import { senderTagFromBase58, senderTagToBase58 } from "../../src/protocol/nym-client/sender-tag.js";
import { connect, type Frame } from "../support/loopback-apps.js";

type Who = "service" | "user";

interface RecordedFrame {
  readonly who: Who;
  readonly direction: "to client" | "from client";
  readonly encoding: "binary" | "text";
  readonly frame: string;
}

interface Recording {
  readonly sections: readonly { readonly about: string; readonly frames: readonly RecordedFrame[] }[];
}

const recording = JSON.parse(
  await readFile(new URL("../vectors/nym-client-frames.json", import.meta.url), "utf8"),
) as Recording;
const recorded = recording.sections.flatMap(({ frames }) => frames);

let mixnet: LoopbackMixnet | undefined;
afterEach(() => mixnet?.close());

/** The hex of the address with which the recorded client answered SelfAddress. */
function recordedAddress(who: Who): string {
  const answer = recorded.find((frame) => frame.who === who && /^02[0-9a-f]{192}$/.test(frame.frame));
  if (answer === undefined) throw new Error("no address was recorded");
  return answer.frame.slice(2);
}

/** Replaces what was recorded by what stands for it here, in both the encodings. */
class Substitutions {
  readonly #pairs: (readonly [string, string])[] = [];

  address(recordedHex: string, actualHex: string): void {
    const texts = [recordedHex, actualHex].map((hex) => addressFromBytes(Buffer.from(hex, "hex")) as string);
    this.#pairs.push([recordedHex, actualHex], texts as [string, string]);
  }

  tag(recordedHex: string, actualHex: string): void {
    const texts = [recordedHex, actualHex].map((hex) => senderTagToBase58(hex as SenderTag));
    this.#pairs.push([recordedHex, actualHex], texts as [string, string]);
  }

  apply(frame: string): string {
    return this.#pairs.reduce((text, [from, to]) => text.replaceAll(from, to), frame);
  }
}

/** The tag in a pushed frame, as hex. */
function tagIn(frame: string): string | undefined {
  const binary = /^0101([0-9a-f]{32})/.exec(frame)?.[1];
  const text = /"senderTag":"([1-9A-Za-z]+)"\}$/.exec(frame)?.[1];
  return text === undefined ? binary : senderTagFromBase58(text);
}

function asRecorded({ isBinary, data }: Frame): string {
  return data.toString(isBinary ? "hex" : "utf8");
}

describe.each([50, Infinity])("the recorded frames at %s packets a second", (packetsPerSecond) => {
  test("are answered as the real client answered them", async () => {
    mixnet = createLoopbackMixnet({ packetsPerSecond });
    const urls = await mixnet.listen();
    const apps = { service: await connect(urls.services[0] ?? ""), user: await connect(`${urls.users}/user`) };
    const addresses = { service: mixnet.addressOf("nym-directory"), user: mixnet.addressOf("user") };
    const substitutions = new Substitutions();
    for (const who of ["service", "user"] as const) {
      substitutions.address(recordedAddress(who), Buffer.from(addressToBytes(addresses[who])).toString("hex"));
    }
    const tags = new Set<string>();

    for (const { who, direction, encoding, frame } of recorded) {
      const { socket, frames } = apps[who];
      if (direction === "to client") {
        const text = substitutions.apply(frame);
        socket.send(encoding === "binary" ? Buffer.from(text, "hex") : text);
        continue;
      }
      const answer = await frames.next();
      expect(answer.isBinary).toBe(encoding === "binary");
      const [recordedTag, actualTag] = [tagIn(frame), tagIn(asRecorded(answer))];
      if (recordedTag !== undefined && actualTag !== undefined && !tags.has(recordedTag)) {
        tags.add(recordedTag);
        substitutions.tag(recordedTag, actualTag);
      }
      expect(asRecorded(answer)).toBe(substitutions.apply(frame));
    }
    // One tag all along, for the user's client was not restarted.
    expect(tags.size).toBe(1);
    expect([apps.service.frames.take(), apps.user.frames.take()]).toEqual([[], []]);
  });
});
