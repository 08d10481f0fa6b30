import { type Follow, Follows } from "../activation/follows.js";
import { type SavedAudience, SavedAudiences } from "../activation/saved.js";
import { atHomeIn } from "../audience/homes.js";
import { noticeSubject } from "../source/nats/subjects.js";
import type { Principal } from "./access/principal.js";
import { expressionOf, savedAudience } from "./audience-question.js";
import { asOfNumbersOf, asOfOf, told } from "./audiences.js";
import { cursorOf, readCursor } from "./cursor.js";
import { Line } from "./line.js";
import type { Answers, Asked } from "./operation.js";
import { Problem } from "./problem.js";
import type { SAVED_OPERATIONS } from "./saved-operations.js";
import { isoOf, type Services } from "./services.js";

/** Each is looked at every other second. */
const FOLLOWED_MAX = 100;

type Needed = Pick<Services, "knownNames" | "store" | "audiences" | "disclosure" | "toldSets" | "scopeOf">;

export function savedAudienceAnswers(services: Needed): Answers<typeof SAVED_OPERATIONS> {
  const audiences = new SavedAudiences(services.store);
  const follows = new Follows(services.store);
  // Of two that begin to follow one audience at once, one finds it followed.
  const oneByOne = new Line(1);
  const followOf = async (id: string) => (await follows.list()).find(({ audience }) => audience === id) ?? null;
  return {
    async listAudiences({ query }) {
      const index = await services.audiences();
      const after = readCursor("audiences", 1, query.cursor)?.[0] ?? "";
      const found = await audiences.list(after, query.limit + 1);
      const page = found.slice(0, query.limit);
      const next = found.length > page.length ? cursorOf("audiences", [page.at(-1)?.audience ?? ""]) : null;
      return { ...asOfOf(index), audiences: page.map(shown), next };
    },
    async getAudience({ params, principal }) {
      const saved = await savedAudience(audiences, params.audience);
      const index = await services.audiences();
      return {
        ...asOfNumbersOf(services, index),
        ...shown(saved),
        people: (await told(services, index, [saved.expression], principal))[0] ?? null,
        versions: (await audiences.versions(params.audience)).map(shownVersion),
        followed: shownFollow(await followOf(params.audience)),
      };
    },
    async saveAudience({ params, body, principal }) {
      const index = await services.audiences();
      const expression = expressionOf(body, "body", services.knownNames());
      const { audience } = params;
      const saved = await audiences.save({ audience, name: body.name, expression, savedBy: principal.id }, (owner) =>
        mayChange(audience, owner, principal),
      );
      return { ...asOfOf(index), ...shown(saved) };
    },
    async deleteAudience({ params, principal }) {
      const { audience } = await savedAudience(audiences, params.audience);
      await audiences.remove(audience, principal.id, (owner) => mayChange(audience, owner, principal));
      await follows.end(audience, Date.now());
      return undefined;
    },
    async followAudience(asked) {
      const saved = await savedAudience(audiences, asked.params.audience);
      return oneByOne.run(() => begun(services, follows, saved, asked));
    },
    async unfollowAudience({ params: { audience }, principal }) {
      mayEnd(audience, await followOf(audience), principal);
      await follows.end(audience, Date.now());
      return undefined;
    },
  };
}

/** Begins the following of an audience by who asks, of the people who live in its regions. */
async function begun(
  services: Needed,
  follows: Follows,
  { audience, version, expression }: SavedAudience,
  { principal, purpose, told: noted }: Asked<(typeof SAVED_OPERATIONS)["followAudience"]>,
) {
  await mayFollow(await follows.list(), audience);
  const index = await services.audiences();
  const { regions } = services.scopeOf(principal);
  const people = index.pseudonymsIn(await index.people(atHomeIn(expression, regions)));
  noted(people.length);
  const by = { followedBy: principal.id, role: principal.role, purpose };
  const follow = { audience, regions, ...by, sinceMs: Date.now() };
  await follows.begin(follow, { version, asOfMs: index.asOfMs }, people);
  return { ...asOfOf(index), followed: followed(follow) };
}

/** Throws Problem 403 for who did not save it first and is no admin. */
function mayChange(audience: string, owner: string, { id, role }: Principal): void {
  if (role === "admin" || owner === id) return;
  throw new Problem(
    403,
    `the audience ${audience} is somebody else's`,
    "save it under an id of your own, or ask an admin",
  );
}

/** Throws Problem 404 where nobody follows it, and 403 for who does not and is no admin. */
function mayEnd(audience: string, follow: Follow | null, { id, role }: Principal): void {
  if (follow === null)
    throw new Problem(404, `the audience ${audience} is not followed`, "see GET /v1/audiences/{audience}");
  if (role === "admin" || follow.followedBy === id) return;
  throw new Problem(403, `somebody else follows the audience ${audience}`, "ask who does, or an admin, to end it");
}

/** Throws Problem 409 where it is followed, or too many are. */
async function mayFollow(followed: readonly Follow[], audience: string): Promise<void> {
  if (followed.some((follow) => follow.audience === audience))
    throw new Problem(
      409,
      `the audience ${audience} is followed already`,
      "end that first, or save it under another id",
    );
  if (followed.length >= FOLLOWED_MAX)
    throw new Problem(409, `${FOLLOWED_MAX} audiences are followed already`, "end the following of another");
}

function shown({ audience, expression, ...saved }: SavedAudience) {
  return { audience, expression, ...shownVersion({ audience, expression, ...saved }) };
}

function shownVersion({ version, name, text, savedBy, savedMs }: SavedAudience) {
  return { version, name, text, savedBy, saved: isoOf(savedMs / 1000) };
}

function followed({ audience, sinceMs, followedBy }: Follow) {
  return { subject: noticeSubject("audience", audience), since: isoOf(sinceMs / 1000), followedBy };
}

function shownFollow(follow: Follow | null) {
  return follow === null ? null : followed(follow);
}
