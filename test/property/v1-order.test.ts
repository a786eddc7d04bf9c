/**
 * Requests of one tag take effect and are answered in the order in which they arrived: random programs of all actions
 * on several tags, up to 16 requests of each under way, against a model that runs each tag's program one by one.
 */
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DirectoryProcess, startDirectory } from "../support/directory.js";
import { FakeNymClient } from "../support/fake-nym-client.js";
import { envelope, nonceOf, query, V1User } from "../support/v1-user.js";

const IN_FLIGHT = 16;
const TAGS = 3;
const STEPS = [
  "query",
  "queryNobody",
  "register",
  "badRegistration",
  "registration",
  "login",
  "badLogin",
  "loginResponse",
  "send",
  "sendNobody",
  "sendForged",
  "sendAgain",
] as const;
type Step = (typeof STEPS)[number];

let client: FakeNymClient;
let directory: DirectoryProcess;
let names = 0;

beforeAll(async () => {
  client = await FakeNymClient.listen();
  directory = await startDirectory({ env: { NYM_CLIENT: "external", WEBSOCKET_URL: client.url, LIMITS: "off" } });
});

afterAll(async () => {
  await directory[Symbol.asyncDispose]();
  await client[Symbol.asyncDispose]();
});

/** What one tag must be answered, one request at a time. */
class Model {
  registered = false;
  registering = false;
  loggingIn = false;

  answer(step: Step): string | RegExp {
    switch (step) {
      case "query":
        return this.registered ? /^\{"username": / : "No user found";
      case "queryNobody":
        return "No user found";
      case "register":
        if (this.registered) return "error: username already in use";
        this.registering = true;
        return /^\{"nonce": /;
      case "badRegistration":
      case "registration": {
        if (!this.registering) return "error: no pending registration for sender";
        this.registering = false;
        if (step === "badRegistration") return "error: signature verification failed";
        if (this.registered) return "error: username already in use";
        this.registered = true;
        return "success";
      }
      case "login":
        if (!this.registered) return "error: user not found";
        this.loggingIn = true;
        return /^\{"nonce": /;
      case "badLogin":
      case "loginResponse":
        if (!this.loggingIn) return "error: no pending login for sender";
        this.loggingIn = false;
        return step === "badLogin" ? "error: invalid signature" : "success";
      case "send":
      case "sendAgain":
        return this.registered ? "success" : "error: unrecognized sender username";
      case "sendNobody":
        return this.registered ? "error: recipient not found" : "error: unrecognized sender username";
      case "sendForged":
        return this.registered ? "error: invalid signature" : "error: unrecognized sender username";
    }
  }
}

async function play(user: V1User, program: readonly Step[]): Promise<void> {
  const expected: (string | RegExp)[] = [];
  const model = new Model();
  let body = 0;
  const replies = (): string[] =>
    client
      .repliesOf(user.tag)
      .map(({ message }) => envelope(message.toString()))
      .filter(({ action }) => action !== "incomingMessage")
      .map(({ content }) => content);
  const nonce = async (purpose: "register" | "login"): Promise<string> => {
    const index = program.slice(0, expected.length).lastIndexOf(purpose);
    if (index < 0) return "00";
    await client.until(() => replies().length > index);
    const content = replies()[index] ?? "";
    return content.startsWith("{") ? nonceOf({ action: "", context: "", signature: "", content }) : "00";
  };
  const forged = new V1User(user.name, user.tag);
  const make: Record<Step, () => string | Promise<string>> = {
    query: () => query(user.name.toUpperCase()),
    queryNobody: () => query("nobody"),
    register: () => user.register(),
    badRegistration: () => user.registrationResponse("wrong"),
    registration: async () => user.registrationResponse(await nonce("register")),
    login: () => user.login(),
    badLogin: () => forged.loginResponse("wrong"),
    loginResponse: async () => user.loginResponse(await nonce("login")),
    send: () => user.send(user.name, String(body++)),
    sendAgain: () => user.send(user.name, String(Math.max(0, body - 1))),
    sendNobody: () => user.send("nobody", String(body)),
    sendForged: () => forged.send(user.name, String(body)),
  };
  for (const step of program) {
    const message = await make[step]();
    await client.until(() => expected.length - replies().length < IN_FLIGHT);
    client.push(user.tag, message);
    expected.push(model.answer(step));
  }
  await client.until(() => replies().length >= expected.length);
  for (const [index, content] of replies().entries()) expect(content).toMatch(expected[index] ?? /never/);
}

test("whatever the program, every tag is answered as if it were alone and in no hurry", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.constantFrom(...STEPS), { maxLength: 40 }), { minLength: TAGS, maxLength: TAGS }),
      async (programs) => {
        await Promise.all(
          programs.map((program) => play(new V1User(`user${names++}`, randomBytes(16).toString("hex")), program)),
        );
      },
    ),
    { numRuns: 40 },
  );
});
