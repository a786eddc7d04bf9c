/** A v1 user as a shipped client makes one: a P-256 key, and requests serialised like Python's. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import type { FakeNymClient } from "./fake-nym-client.js";
import { SEEN, seeName, seeText } from "./seen.js";

export interface V1Envelope {
  readonly action: string;
  readonly content: string;
  readonly context: string;
  readonly signature: string;
}

export class V1User {
  readonly name: string;
  readonly tag: string;
  readonly publicKey: string;
  readonly #privateKey: KeyObject;

  constructor(name: string, tag = randomBytes(16).toString("hex")) {
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.name = name;
    this.tag = tag;
    this.publicKey = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
    this.#privateKey = pair.privateKey;
    seeName(name);
    SEEN.tag(Buffer.from(tag, "hex")).key(this.publicKey);
  }

  sign(text: string): string {
    const signature = sign("sha256", Buffer.from(text), this.#privateKey).toString("hex");
    seeText(signature);
    return signature;
  }

  /** The same user at a restarted Nym client: another tag. */
  at(tag = randomBytes(16).toString("hex")): V1User {
    SEEN.tag(Buffer.from(tag, "hex"));
    const other = Object.create(this, { tag: { value: tag } }) as V1User;
    Object.defineProperty(other, "sign", { value: (text: string) => this.sign(text) });
    return other;
  }

  register(): string {
    return JSON.stringify({ action: "register", usernym: this.name, publicKey: this.publicKey });
  }

  registrationResponse(nonce: string): string {
    return JSON.stringify({ action: "registrationResponse", username: this.name, signature: this.sign(nonce) });
  }

  login(): string {
    return JSON.stringify({ action: "login", usernym: this.name });
  }

  loginResponse(nonce: string): string {
    return JSON.stringify({ action: "loginResponse", username: this.name, signature: this.sign(nonce) });
  }

  /** A signed send; `body` is any JSON text. */
  send(recipient: string, body: string): string {
    seeText(body);
    const content = `{"sender": ${JSON.stringify(this.name)}, "recipient": ${JSON.stringify(recipient)}, "body": ${body}}`;
    return JSON.stringify({ action: "send", content, signature: this.sign(content) });
  }

  /** Registers through a Nym client, and gives the result. */
  async registerAt(client: FakeNymClient): Promise<string> {
    const challenge = envelope(await client.ask(this.tag, this.register()));
    if (challenge.action !== "challenge") return challenge.content;
    return envelope(await client.ask(this.tag, this.registrationResponse(nonceOf(challenge)))).content;
  }

  /** Logs in through a Nym client, and gives the result. */
  async loginAt(client: FakeNymClient): Promise<string> {
    const challenge = envelope(await client.ask(this.tag, this.login()));
    if (challenge.action !== "challenge") return challenge.content;
    return envelope(await client.ask(this.tag, this.loginResponse(nonceOf(challenge)))).content;
  }
}

export function envelope(text: string): V1Envelope {
  return JSON.parse(text) as V1Envelope;
}

export function nonceOf(challenge: V1Envelope): string {
  return (JSON.parse(challenge.content) as { nonce: string }).nonce;
}

export function query(name: unknown): string {
  return JSON.stringify({ action: "query", username: name });
}
