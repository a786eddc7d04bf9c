/** Arbitrary JSON texts, as strangers may write them: any white space, any escapes, names twice. */
import fc from "fast-check";

const space = fc.stringMatching(/^[ \t\n\r]{0,3}$/);

/** Text of a string: each UTF-16 unit as it is or escaped. */
function stringText(value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(value, fc.infiniteStream(fc.nat(3))).map(([text, choices]) => {
    let written = "";
    for (let at = 0; at < text.length; at++) {
      const unit = text.charAt(at);
      const raw = JSON.stringify(unit).slice(1, -1);
      written += choices.next().value === 0 ? escapeOf(unit) : raw;
    }
    return `"${written}"`;
  });
}

function escapeOf(unit: string): string {
  if (unit === "/") return "\\/";
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0").toUpperCase()}`;
}

/** What ends, begins or escapes something in JSON, and what is not ASCII or not even a character. */
const AWKWARD_UNITS = ['"', "\\", "{", "}", "[", "]", ",", ":", "/", " ", "a", "\u00e9", "\u0000", "\ud800", "\udc00"];

const scalar = fc.oneof(
  fc.constantFrom("true", "false", "null", "0", "-0", "1e400", "-12.5E-7", "123456789012345678901234567890"),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  stringText(fc.string({ unit: fc.constantFrom(...AWKWARD_UNITS) })),
);

const name = fc.oneof(
  fc.constantFrom("body", "senderPublicKey", "e", "p", "s", "__proto__", "constructor", "toString", "", "\\", '"'),
  fc.string({ maxLength: 4 }),
);

const value: fc.Arbitrary<string> = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof({ maxDepth: 3, depthSize: "small" }, scalar, arrayText(tie("any")), objectText(tie("any"))),
})).any;

function arrayText(member: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(fc.array(fc.tuple(space, member, space), { maxLength: 4 }), space)
    .map(([members, inner]) => `[${members.map((parts) => parts.join("")).join(",") || inner}]`);
}

function objectText(member: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const entry = fc.tuple(space, stringText(name), space, space, member, space);
  return fc.tuple(fc.array(entry, { maxLength: 6 }), space).map(([entries, inner]) => {
    const texts = entries.map(([before, key, after, gap, text, end]) => `${before}${key}${after}:${gap}${text}${end}`);
    return `{${texts.join(",") || inner}}`;
  });
}

/** The text of any JSON value. */
export const anyJson: fc.Arbitrary<string> = fc.tuple(space, value, space).map((parts) => parts.join(""));

/** The text of any JSON object. */
export const anyObject: fc.Arbitrary<string> = fc.tuple(space, objectText(value), space).map((parts) => parts.join(""));
