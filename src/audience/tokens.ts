/** The words of the text form of an audience, each with its place. */

export interface Token {
  readonly kind: "word" | "quoted" | "sign" | "end";
  /** A quoted name without its quotes. */
  readonly text: string;
  /** First character, from 0, and how many. */
  readonly at: number;
  readonly length: number;
}

/** Words that the language keeps for itself; a circle of such a name is written in quotes. */
export const KEYWORDS = new Set([
  ...["and", "or", "not", "of", "at", "least", "in", "home", "day", "active", "score", "seen", "member", "within"],
  ...["for", "days", "minute", "minutes", "between", "venue", "region", "cell", "category", "device"],
]);

const TOKEN = /\s*(?:"([^"\p{Cc}]*)"|(>=|[(),])|([^\s(),"<>=\p{Cc}]+)|(\S|\p{Cc}))/uy;

/** The tokens of a text and one for its end. An unreadable character, or a quote that never ends, is a sign of itself. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text);
    if (match === null) break;
    const [whole, quoted, sign, word, odd] = match;
    const at = match.index + whole.length - whole.trimStart().length;
    const length = whole.trimStart().length;
    if (quoted !== undefined) tokens.push({ kind: "quoted", text: quoted, at, length });
    else if (word !== undefined) tokens.push({ kind: "word", text: word, at, length });
    else tokens.push({ kind: "sign", text: sign ?? odd ?? "", at, length });
  }
  tokens.push({ kind: "end", text: "", at: end, length: 0 });
  return tokens;
}

/** A name as the text form writes it: bare where it reads as one word of its own, else in quotes. */
export function nameText(name: string): string {
  const isBare = /^[^\s(),"<>=\p{Cc}]+$/u.test(name) && !KEYWORDS.has(name.toLowerCase());
  return isBare && !/^\d+$/.test(name) ? name : `"${name}"`;
}
