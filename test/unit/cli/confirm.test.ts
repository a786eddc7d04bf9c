import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { confirm } from "../../../src/cli/confirm.js";

function terminal(isTTY?: boolean) {
  const input = Object.assign(new PassThrough(), isTTY === undefined ? {} : { isTTY });
  const output = new PassThrough();
  return { input, output, said: () => (output.read() as Buffer | null)?.toString() };
}

describe("what has to be confirmed", () => {
  it.each([
    ["yes\n", true],
    [" YES \n", true],
    ["y\n", false],
    ["yes, please\n", false],
    ["\n", false],
    ["no\nyes\n", false],
  ])("is answered %j: %s", async (typed, confirmed) => {
    const { input, output, said } = terminal(true);
    input.write(typed);
    expect(await confirm("Delete everything?", { input, output })).toBe(confirmed);
    expect(said()).toBe("Delete everything?\nType yes to go on: ");
  });

  it("is not, when the terminal is closed instead", async () => {
    const { input, output } = terminal(true);
    const answer = confirm("Delete everything?", { input, output });
    input.end();
    expect(await answer).toBe(false);
  });

  it.each([undefined, false])("is asked of nobody but at a terminal (%s), whatever comes in", async (isTTY) => {
    const { input, output, said } = terminal(isTTY);
    input.end("yes\n");
    await expect(confirm("Delete everything?", { input, output })).rejects.toMatchObject({ code: "unconfirmed" });
    expect(said()).toBeUndefined();
  });
});
