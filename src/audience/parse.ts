/**
 * The text form of an audience, as `music and not health and home in 440106` or `2 of (film, shopping, music:pop)`:
 *
 *     either    = both { "or" both }
 *     both      = one { "and" one }
 *     one       = "not" one | "(" either ")" | [ "at" "least" ] NUMBER "of" "(" either { "," either } ")" | presence | device | member
 *     member    = ( NAME | ( "home" | "day" | "active" ) "in" NAME ) { "score" ">=" SHARE | "seen" "within" DAYS
 *               | "member" ( "within" | "for" ) DAYS }
 *     presence  = "at" ( "venue" | "region" | "cell" | "category" ) NAME ( "within" DAYS | "between" TIME "and" TIME ) [ "for" N "minutes" ]
 *     device    = "device" ( TAC | "in" "(" TAC { "," TAC } ")" )
 *     DAYS      = N ( "day" | "days" )
 *
 * A recursive-descent parser, which stops at the first mistake and says what it expected there.
 */
import { CATEGORIES } from "../geo/city.js";
import { nearestName } from "../signal/nearest-name.js";
import {
  AT_LEAST_MAX,
  DAYS_MAX,
  DEVICES_MAX,
  EXPRESSION_DEPTH_MAX,
  EXPRESSION_LEAVES_MAX,
  type Expression,
  INSTANT_SHAPE,
  type Leaf,
  NAME_CHARS_MAX,
  type Place,
  type PresenceLeaf,
  readExpression,
  STAY_MINUTES_MAX,
  TAC_SHAPE,
} from "./expression.js";
import { type KnownNames, type UnknownName, unknownName, unknownPlace } from "./known-names.js";
import { KEYWORDS, type Token, tokensOf } from "./tokens.js";

export const TEXT_CHARS_MAX = 4000;
/** Brackets and `not` within one another; the expression may be less deep, but brackets too many are no mistake. */
const NESTING_MAX = 4 * EXPRESSION_DEPTH_MAX;

/** A mistake in a text. */
export interface TextFault {
  /** Its first character, from 0, and how many characters it is about. */
  readonly at: number;
  readonly length: number;
  readonly says: string;
  /** What was meant, perhaps. */
  readonly suggestion: string | null;
}

export type ParsedAudience = { readonly expression: Expression } | { readonly fault: TextFault };

/** The expression of a text, or its first mistake. */
export function parseAudience(text: string, known: KnownNames = {}): ParsedAudience {
  try {
    if (text.length > TEXT_CHARS_MAX)
      throw new Mistake(
        { kind: "end", text: "", at: TEXT_CHARS_MAX, length: 0 },
        `is longer than ${TEXT_CHARS_MAX} characters`,
      );
    const expression = new Parser(tokensOf(text), known).whole();
    const read = readExpression(expression);
    if ("expression" in read) return read;
    throw new Mistake({ kind: "end", text: "", at: 0, length: text.trimEnd().length }, read.faults[0]?.says ?? "");
  } catch (error) {
    if (error instanceof Mistake) return { fault: error.fault };
    throw error;
  }
}

/** The text with a mark below the mistake, for a fixed-width font. */
export function pointAt(text: string, { at, length, says, suggestion }: TextFault): string {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  const newline = text.indexOf("\n", start);
  const line = text.slice(start, newline < 0 ? undefined : newline);
  const column = at - start;
  const mark = "^".repeat(Math.max(1, Math.min(length, line.length - column)));
  const hint = suggestion === null ? "" : `; did you mean ${suggestion}?`;
  return `${line}\n${line.slice(0, column).replace(/[^\t]/g, " ")}${mark}\n${says}${hint}`;
}

class Mistake extends Error {
  readonly fault: TextFault;

  constructor(token: Token, says: string, suggestion: string | null = null) {
    super(says);
    this.fault = { at: token.at, length: token.length, says, suggestion };
  }
}

class Parser {
  private readonly tokens: readonly Token[];
  private readonly known: KnownNames;
  private place = 0;
  private depth = 0;
  private leaves = 0;

  constructor(tokens: readonly Token[], known: KnownNames) {
    this.tokens = tokens;
    this.known = known;
  }

  whole(): Expression {
    const expression = this.either();
    if (this.next.kind !== "end") this.unexpected(["and", "or"], "the end");
    return expression;
  }

  private get next(): Token {
    return this.tokens[this.place] as Token;
  }

  private ahead(places: number): Token | undefined {
    return this.tokens[this.place + places];
  }

  /** Takes the next token when it is this word or sign. */
  private take(text: string): boolean {
    if (!isWord(this.next, text)) return false;
    this.place++;
    return true;
  }

  private expect(text: string): void {
    if (!this.take(text)) this.unexpected([text]);
  }

  /** @param words what may stand here; one of them may have been meant */
  private unexpected(words: readonly string[], other?: string): never {
    const { kind, text } = this.next;
    const got = kind === "end" ? "the text ends" : `got ${kind === "quoted" ? `"${text}" in quotes` : `"${text}"`}`;
    const all = [...words.map((word) => `"${word}"`), ...(other === undefined ? [] : [other])];
    const expected = all.length < 2 ? all.join() : `${all.slice(0, -1).join(", ")} or ${all.at(-1)}`;
    throw new Mistake(this.next, `expected ${expected}, ${got}`, kind === "word" ? nearestName(text, words) : null);
  }

  private either(): Expression {
    return this.deeper(() => this.chain("or", () => this.chain("and", () => this.one(), "all"), "any"));
  }

  private chain(word: "and" | "or", operand: () => Expression, as: "all" | "any"): Expression {
    const operands = [operand()];
    while (this.take(word)) operands.push(operand());
    if (operands.length === 1) return operands[0] as Expression;
    return as === "all" ? { all: operands } : { any: operands };
  }

  /** Refuses what is nested too deep before the stack would. */
  private deeper<T>(work: () => T): T {
    if (++this.depth > NESTING_MAX)
      throw new Mistake(this.next, `brackets and "not" stand more than ${NESTING_MAX} deep`);
    const made = work();
    this.depth--;
    return made;
  }

  private one(): Expression {
    if (this.take("not")) return this.deeper(() => ({ not: this.one() }));
    if (this.take("(")) {
      const expression = this.either();
      if (!this.take(")")) this.unexpected(["and", "or", ")"]);
      return expression;
    }
    if (isWord(this.next, "at") && isWord(this.ahead(1), "least")) {
      this.place += 2;
      return this.atLeast();
    }
    if (/^\d+$/.test(wordOf(this.next)) && isWord(this.ahead(1), "of")) return this.atLeast();
    return this.leaf();
  }

  private atLeast(): Expression {
    const count = this.next;
    const atLeast = this.wholeNumber(1, AT_LEAST_MAX);
    this.expect("of");
    this.expect("(");
    const of = [this.either()];
    while (this.take(",")) of.push(this.either());
    if (!this.take(")")) this.unexpected(["and", "or", ",", ")"]);
    if (of.length < 2) throw new Mistake(count, '"of" needs two conditions or more, separated by commas');
    if (atLeast > of.length) throw new Mistake(count, `asks for ${atLeast} of ${of.length}`);
    return { atLeast, of };
  }

  private leaf(): Leaf {
    const start = this.next;
    if (++this.leaves > EXPRESSION_LEAVES_MAX)
      throw new Mistake(start, `names more than ${EXPRESSION_LEAVES_MAX} circles, regions and places`);
    if (this.take("at")) return this.presence();
    if (this.take("device")) return { devices: this.devices() };
    for (const kind of ["home", "day", "active"] as const) {
      if (!this.take(kind)) continue;
      this.expect("in");
      const token = this.next;
      const leaf = { region: this.name("the id of a region"), kind };
      refuse(token, unknownName(leaf, this.known));
      return this.qualified(leaf);
    }
    const leaf = { circle: this.name("a circle", true) };
    refuse(start, unknownName(leaf, this.known));
    return this.qualified(leaf);
  }

  private qualified<T extends Leaf & { scoreMin?: number | undefined }>(leaf: T): T {
    const made: Record<string, unknown> = { ...leaf };
    const set = (token: Token, key: string, value: number) => {
      if (key in made) throw new Mistake(token, `says "${token.text}" twice`);
      made[key] = value;
    };
    for (;;) {
      const token = this.next;
      if (this.take("score")) {
        this.expect(">=");
        set(token, "scoreMin", this.share());
      } else if (this.take("seen")) {
        this.expect("within");
        set(token, "seenWithinDays", this.days());
      } else if (this.take("member")) {
        if (this.take("within")) set(token, "memberWithinDays", this.days());
        else if (this.take("for")) set(token, "memberForDays", this.days());
        else this.unexpected(["within", "for"]);
      } else return made as T;
    }
  }

  private presence(): PresenceLeaf {
    const at = this.atPlace();
    let when: Pick<PresenceLeaf, "from" | "to" | "withinDays">;
    if (this.take("within")) when = { withinDays: this.days() };
    else if (this.take("between")) {
      const from = this.instant();
      this.expect("and");
      const token = this.next;
      when = { from, to: this.instant() };
      if (Date.parse(from) >= Date.parse(when.to as string))
        throw new Mistake(token, "is not after the time before it");
    } else this.unexpected(["within", "between"]);
    if (!this.take("for")) return { at, ...when };
    const minutesMin = this.wholeNumber(1, STAY_MINUTES_MAX);
    if (!this.take("minutes") && !this.take("minute")) this.unexpected(["minutes"]);
    return { at, ...when, minutesMin };
  }

  private devices(): string[] {
    if (!this.take("in")) return [this.tac()];
    this.expect("(");
    const devices = [this.tac()];
    while (this.take(",")) {
      if (devices.length === DEVICES_MAX) throw new Mistake(this.next, `names more than ${DEVICES_MAX} devices`);
      devices.push(this.tac());
    }
    if (!this.take(")")) this.unexpected([",", ")"]);
    return devices;
  }

  private tac(): string {
    const text = wordOf(this.next);
    if (!TAC_SHAPE.test(text)) this.unexpected([], "a type allocation code of 8 digits");
    this.place++;
    return text;
  }

  private atPlace(): Place {
    const token = this.ahead(1) ?? this.next;
    const place = this.namedPlace();
    refuse(token, unknownPlace(place, this.known));
    return place;
  }

  private namedPlace(): Place {
    if (this.take("venue")) return { venue: this.name("the id of a venue") };
    if (this.take("region")) return { region: this.name("the id of a region") };
    if (this.take("cell")) return { cell: this.name("the name of a cell") };
    if (!this.take("category")) this.unexpected(["venue", "region", "cell", "category", "least"]);
    const token = this.next;
    const category = CATEGORIES.find((known) => known === token.text);
    if (category === undefined)
      throw new Mistake(
        token,
        `expected a category of venues, got "${token.text}"`,
        nearestName(token.text, CATEGORIES),
      );
    this.place++;
    return { category };
  }

  /** @param isFirst a condition may begin here, so a number would be a count */
  private name(what: string, isFirst = false): string {
    const { kind, text } = this.next;
    const isKept = kind === "word" && KEYWORDS.has(text.toLowerCase());
    const isName = kind === "quoted" ? text !== "" : kind === "word" && !isKept && !(isFirst && /^\d+$/.test(text));
    if (!isName)
      this.unexpected(isFirst ? ["not", "("] : [], isFirst ? what : `${what}${isKept ? " (in quotes)" : ""}`);
    if (text.length > NAME_CHARS_MAX) throw new Mistake(this.next, `is longer than ${NAME_CHARS_MAX} characters`);
    this.place++;
    return text;
  }

  private wholeNumber(min: number, max: number): number {
    const value = Number(wordOf(this.next));
    if (!/^\d+$/.test(wordOf(this.next)) || value < min || value > max)
      this.unexpected([], `a whole number from ${min} to ${max}`);
    this.place++;
    return value;
  }

  private share(): number {
    const value = Number(wordOf(this.next));
    if (!/^(0?\.\d{1,2}|[01](\.\d{1,2})?)$/.test(wordOf(this.next)) || value <= 0 || value > 1)
      this.unexpected([], "a score from 0.01 to 1 with at most two decimals");
    this.place++;
    return value;
  }

  private days(): number {
    const count = this.wholeNumber(1, DAYS_MAX);
    if (!this.take("days") && !this.take("day")) this.unexpected(["days"]);
    return count;
  }

  private instant(): string {
    const { text } = this.next;
    if (!INSTANT_SHAPE.test(wordOf(this.next)) || !Number.isFinite(Date.parse(text)))
      this.unexpected([], "a time with its offset, as 2026-03-01T18:00+08:00");
    this.place++;
    return text;
  }
}

/** @param token where the name stands */
function refuse(token: Token, unknown: UnknownName | null): void {
  if (unknown !== null) throw new Mistake(token, unknown.says, unknown.suggestion);
}

function isWord(token: Token | undefined, text: string): boolean {
  return token !== undefined && (token.kind === "word" || token.kind === "sign") && token.text.toLowerCase() === text;
}

/** The text of a bare word; empty for what is none. */
function wordOf(token: Token): string {
  return token.kind === "word" ? token.text : "";
}
