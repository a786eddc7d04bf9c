/**
 * What has an effect has it once: random requests with few ids, repeated, signed anew, at once, over a store that fails
 * now and then, before or after it has applied what it was given.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Outcome } from "../../src/store/changes.js";
import type { V2Request } from "../../src/protocol/v2/request.js";
import type { ReceivedReply } from "../../src/protocol/v2/reply-codec.js";
import { createV2Model } from "../support/v2-model.js";
import { personOf } from "../support/v2-person.js";
import { named, requestId } from "../support/v2-requests.js";

const FAILED: Outcome = { status: "failed" };
type Fault = "none" | "before" | "after";

/** A request of one of two users, with one of three ids. */
const step = fc.record({
  who: fc.constantFrom("alice", "bob"),
  what: fc.constantFrom("one", "two", "logout", "toNobody", "withReceipt"),
  id: fc.constantFrom("a", "b", "c"),
  /** Signed so many seconds later. */
  later: fc.constantFrom(0, 0, 5),
  fault: fc.constantFrom<Fault>("none", "none", "none", "before", "after"),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
/** What is asked in one round is asked at once. */
const rounds = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 12 });

test("each request has its effect once, and is answered the same from then on", async () => {
  const seen = { ok: 0, reused: 0, unavailable: 0, repeatedAfterLoss: 0 };
  await fc.assert(
    fc.asyncProperty(rounds, async (program) => {
      const faults: Fault[] = [];
      const model = createV2Model({
        async committing(commit) {
          const fault = faults.shift() ?? "none";
          if (fault === "before") return FAILED;
          const outcome = await commit();
          return fault === "after" ? FAILED : outcome;
        },
      });
      const people = { alice: personOf(model, "alice"), bob: personOf(model, "bob") };
      for (const person of Object.values(people)) await person.register();
      const inbox = personOf(model, "carol");
      await inbox.register();
      /** What was answered ok, by user and id. */
      const done = new Map<string, Step["what"]>();
      /** What may have been done though it was not answered. */
      const lost = new Map<string, Set<Step["what"]>>();

      function requestOf({ who, what, id, later }: Step): V2Request {
        const signing = { id: requestId(id), time: model.now / 1000 + later };
        if (what === "logout") return people[who].signed("logout", {}, signing);
        const recipient = named(what === "toNobody" ? "nobody" : "carol");
        const body = { recipient, body: Buffer.from(what), receipt: what === "withReceipt" };
        return people[who].signed("send", body, signing);
      }

      function judge(asked: Step, reply: ReceivedReply, together: ReadonlySet<string>): void {
        const name = `${asked.who} ${asked.id}`;
        const before = done.get(name);
        const maybe = lost.get(name) ?? new Set();
        switch (reply.result) {
          case "ok":
            seen.ok++;
            if (before === undefined && maybe.has(asked.what)) seen.repeatedAfterLoss++;
            expect(before ?? asked.what).toBe(asked.what);
            expect(asked.what).not.toBe("toNobody");
            done.set(name, asked.what);
            break;
          case "idReused":
            seen.reused++;
            expect(before !== undefined || maybe.size > 0 || together.has(name)).toBe(true);
            expect(before).not.toBe(asked.what);
            break;
          case "notFound":
            expect(asked.what).toBe("toNobody");
            break;
          default:
            expect(reply.result).toBe("unavailable");
            seen.unavailable++;
            if (before !== asked.what) lost.set(name, new Set([...maybe, asked.what]));
        }
      }

      for (const round of program) {
        faults.splice(0, faults.length, ...round.map(({ fault }) => fault));
        const replies = await Promise.all(round.map((asked) => model.ask(asked.who, requestOf(asked))));
        const together = new Set(round.map(({ who, id }) => `${who} ${id}`));
        for (const [index, asked] of round.entries()) {
          const reply = replies[index];
          if (reply !== undefined) judge(asked, reply, together);
        }
      }

      const items = await inbox.fetch();
      const names = items.map((item) =>
        item.kind === "message" ? `${item.sender} ${Buffer.from(item.id).toString("hex")}` : item.kind,
      );
      expect(new Set(names).size).toBe(names.length);
      for (const [name, what] of done) {
        const [who, id = ""] = name.split(" ");
        const found = items.filter(
          (item) => item.kind === "message" && item.sender === who && Buffer.from(item.id).equals(requestId(id)),
        );
        expect(found.map((item) => item.kind === "message" && Buffer.from(item.body).toString())).toEqual(
          what === "logout" ? [] : [what],
        );
      }
    }),
    { numRuns: 120 },
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(10);
});
