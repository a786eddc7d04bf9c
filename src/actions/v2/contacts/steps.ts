/**
 * What each verb makes of what two users have of each other. A request that the other does not want leaves the same trace
 * with who asks as one that waits, and none with the other. Blocks stand beside all that, and are never told.
 */
import type { ContactVerb, Relation, ToldVerb } from "../../../protocol/v2/contacts.js";
import type { Contact } from "../../../store/contacts.js";

/** What the one who acts has of the other, and the other way round. */
export interface Pair {
  readonly mine: Contact;
  readonly theirs: Contact;
}

/** The pair afterwards, and what the other is told, if anything. */
export interface Step extends Pair {
  readonly told?: ToldVerb;
}

const STEPS: { readonly [V in ContactVerb]: (pair: Pair, welcome: boolean) => Step | undefined } = {
  request(pair, welcome) {
    const { mine, theirs } = pair;
    if (mine.blocked || mine.relation === "requested" || mine.relation === "contact") return undefined;
    // Both want it, whether or not the request of the other ever came through.
    if (mine.relation === "received" || theirs.relation === "requested") return agreed(pair);
    const asked = { ...pair, mine: related(mine, "requested") };
    return welcome && !theirs.blocked ? { ...asked, theirs: related(theirs, "received"), told: "request" } : asked;
  },
  accept: (pair) => (pair.mine.relation === "received" && !pair.mine.blocked ? agreed(pair) : undefined),
  reject: ({ mine, theirs }) => (mine.relation === "received" ? { mine: related(mine, "none"), theirs } : undefined),
  cancel: (pair) => (pair.mine.relation === "requested" ? ended(pair, "received") : undefined),
  block: ({ mine, theirs }) => (mine.blocked ? undefined : { mine: { ...mine, blocked: true }, theirs }),
  unblock: ({ mine, theirs }) => (mine.blocked ? { mine: { ...mine, blocked: false }, theirs } : undefined),
  remove: (pair) => (pair.mine.relation === "contact" ? ended(pair, "contact") : undefined),
};

/**
 * The step that `verb` takes; `undefined` when there is nothing to do it to, or it is so already. `welcome`: whether the
 * other has room for a request, and hears of strangers' at all.
 */
export function stepOf(verb: ContactVerb, pair: Pair, welcome: boolean): Step | undefined {
  return STEPS[verb](pair, welcome);
}

function agreed({ mine, theirs }: Pair): Step {
  const both = { mine: related(mine, "contact"), theirs: related(theirs, "contact") };
  return theirs.blocked ? both : { ...both, told: "accept" };
}

/** Ends mine, and theirs if it is what belongs to it. */
function ended({ mine, theirs }: Pair, counterpart: Relation): Step {
  return {
    mine: related(mine, "none"),
    theirs: theirs.relation === counterpart ? related(theirs, "none") : theirs,
  };
}

function related({ blocked }: Contact, relation: Relation): Contact {
  return { relation, blocked };
}
