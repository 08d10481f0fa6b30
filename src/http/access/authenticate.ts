import { isIP } from "node:net";
import { Problem } from "../problem.js";
import { jwksSource } from "./jwks.js";
import { checkToken, type KeySource, type OidcOptions } from "./jwt.js";
import { checkKey, watchKeys } from "./keys.js";
import { LOCAL, LOCAL_PAGE, type Principal } from "./principal.js";

export interface AccessOptions {
  /** File of the API keys; need not be there. */
  readonly keysFile: string;
  /** Null: no tokens are taken. `jwks` is a URL or a path. */
  readonly oidc: (OidcOptions & { readonly jwks: string }) | null;
  /** Whether only this machine can ask. */
  readonly loopback: boolean;
  readonly warn: (message: string) => void;
}

export interface Access {
  /** Whether anybody has a key or could have a token. */
  hasCredentials(): boolean;
  /** Who asks. Throws Problem 401 or 403, or 503 where the issuer's keys cannot be had. */
  authenticate(headers: Headers): Promise<Principal>;
}

const LOOPBACK_ORIGIN = /^(?:https?:\/\/)?(?:127(?:\.\d+){3}|localhost|\[::1\])(?::\d+)?$/i;

/** From our own page, or typed by a person; not from a page of another port, which is `same-site`. */
const OUR_SITES = ["same-origin", "none"];

/** `localhost`, `::1` and 127.0.0.0/8. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/**
 * Who may ask: by API key, by token, and while there is neither, anybody on loopback: programs all, our page in a browser numbers only.
 *
 * @throws UserError for a damaged file of keys
 */
export function openAccess(options: AccessOptions): Access {
  const keys = watchKeys(options.keysFile, options.warn);
  const issuer = options.oidc === null ? null : jwksSource(options.oidc.jwks);
  const hasCredentials = () => options.oidc !== null || keys().length > 0;
  return {
    hasCredentials,
    async authenticate(headers) {
      const text = credentialOf(headers);
      if (text === null) {
        if (hasCredentials() || !options.loopback) throw refused("no key or token was given");
        refuseForeignPages(headers);
        return isBrowser(headers) ? LOCAL_PAGE : LOCAL;
      }
      if (text.startsWith("lc_")) {
        const found = checkKey(keys(), text, Date.now());
        if ("principal" in found) return found.principal;
        throw refused(found.refused === "unknown" ? "the key is not known" : `the key is ${found.refused}`);
      }
      if (options.oidc === null || issuer === null) throw refused("the key is not known");
      const found = await checkToken(options.oidc, asProblem(issuer, options.warn), text, Date.now());
      if ("principal" in found) return found.principal;
      throw refused(`the token is refused: ${found.refused}`);
    },
  };
}

function credentialOf(headers: Headers): string | null {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "");
  return bearer?.[1] ?? headers.get("x-api-key") ?? (headers.has("authorization") ? "" : null);
}

function refused(says: string): Problem {
  const mend = "send `Authorization: Bearer KEY`, with a key of `lifecircle key create` or a token of your issuer";
  const headers = { "www-authenticate": 'Bearer realm="lifecircle"' };
  return new Problem(401, says, mend, [{ place: "header.Authorization", says }], headers);
}

/** A web page makes a browser on this machine ask; a name that was pointed at loopback is no name of ours. Programs send neither. */
function refuseForeignPages(headers: Headers): void {
  const origin = headers.get("origin");
  const isOurs =
    LOOPBACK_ORIGIN.test(headers.get("host") ?? "localhost") &&
    (origin === null || LOOPBACK_ORIGIN.test(origin)) &&
    OUR_SITES.includes(headers.get("sec-fetch-site") ?? "none");
  if (isOurs) return;
  throw new Problem(
    403,
    "without keys only programs on this machine may ask",
    "make a key with `lifecircle key create`",
  );
}

/** Browsers say from where a request comes, and pages cannot take it away. */
function isBrowser(headers: Headers): boolean {
  return headers.has("sec-fetch-site") || headers.has("origin");
}

function asProblem(source: KeySource, warn: (message: string) => void): KeySource {
  return (kid) =>
    source(kid).catch((error: Error) => {
      warn(error.message);
      throw new Problem(503, "the keys of the issuer cannot be had now", "ask again later, or use an API key", [], {
        "retry-after": "30",
      });
    });
}
