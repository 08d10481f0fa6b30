/** One thing wrong with a request. */
export interface RequestFault {
  /** Where: `query.limit`, `path.circle`, `body.expression:1:14`, `header.X-Purpose`. */
  readonly place: string;
  readonly says: string;
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Who asks is not known",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  409: "Conflict",
  413: "Body too large",
  415: "Unsupported media type",
  416: "Range not satisfiable",
  422: "The question is too expensive",
  429: "Too many questions",
  500: "Broken",
  503: "Not available",
};

/** An answer that says what is wrong and how to mend it, as problem+json (RFC 9457). Its text may be shown to whoever asked. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly mend: string;
  readonly faults: readonly RequestFault[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    detail: string,
    mend: string,
    faults: readonly RequestFault[] = [],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.status = status;
    this.mend = mend;
    this.faults = faults;
    this.headers = headers;
  }

  response(correlator: string): Response {
    const body = {
      type: "about:blank",
      title: TITLES[this.status] ?? "Problem",
      status: this.status,
      detail: this.message,
      mend: this.mend,
      ...(this.faults.length === 0 ? {} : { errors: this.faults }),
      correlator,
    };
    return new Response(JSON.stringify(body), {
      status: this.status,
      headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...this.headers },
    });
  }
}
