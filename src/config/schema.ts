import { z } from "zod";

/**
 * The form of every config key. Defaults stand in `config/default.yaml` and only there, so a new key is one line here and one
 * (with its comment) there; file, environment name, flag, checks, redaction and messages follow from the two.
 */

/** What the loader must know of a key beyond its type. */
export interface KeyTraits {
  /**
   * Never printed; a key of the same name with `File` beside it may name a file instead. `text`: the loader fills the value in
   * from that file, without the line end. `bytes`: whoever uses it reads the file, byte for byte.
   */
  readonly secret?: "text" | "bytes";
  /** `file`: when set it must be readable. `folder`: need not exist yet. Both become absolute. */
  readonly names?: "file" | "folder";
  /** What a good value looks like, for the message about a bad one. */
  readonly form?: string;
}

const TRAITS = z.registry<KeyTraits>();

/** The traits of a key's schema; none where it was given none. */
export function traitsOf(schema: z.core.$ZodType): KeyTraits {
  return TRAITS.get(schema) ?? {};
}

const text = z.string();
const flag = z.boolean();
const secret = (kind: "text" | "bytes") => z.string().register(TRAITS, { secret: kind });
const file = () => z.string().register(TRAITS, { names: "file" });
const folder = () => z.string().register(TRAITS, { names: "folder" });
const matching = (pattern: RegExp, form: string) => z.string().regex(pattern).register(TRAITS, { form });
const whole = (min: number, max: number) => z.int().min(min).max(max);
const number = (min: number, max: number) => z.number().min(min).max(max);
const share = () => number(0, 1);
const port = () => whole(0, 65_535);
const ttlDays = () => whole(0, 36_500);

export const CONFIG_SCHEMA = z.strictObject({
  geo: z.strictObject({ dir: folder() }),
  data: z.strictObject({ dir: folder() }),
  pseudonym: z.strictObject({ key: secret("bytes"), keyFile: file() }),
  privacy: z.strictObject({ optOutFile: file() }),
  stream: z.strictObject({
    url: matching(
      /^((nats|tls):\/\/[^\s,]+(,(nats|tls):\/\/[^\s,]+)*)?$/,
      "nats://host:4222 or tls://host:4222, several separated by commas, or empty",
    ),
    port: port(),
    partitions: whole(1, 1024),
    replicas: whole(1, 5),
    user: text,
    password: secret("text"),
    passwordFile: file(),
    token: secret("text"),
    tokenFile: file(),
    credsFile: file(),
    tls: z.strictObject({ caFile: file(), certFile: file(), keyFile: file() }),
    messagesInFlightMax: whole(1, 65_536),
    batchRows: whole(1, 65_535),
    maxBytesGb: number(0.001, 1_000_000),
    maxAgeDays: number(0.01, 3650),
    ingest: z.strictObject({ enabled: flag, flushMsMax: whole(1, 60_000) }),
  }),
  time: z.strictObject({ latenessMinutesMax: number(0, 1440), futureToleranceMinutes: number(0, 1440) }),
  cleaning: z.strictObject({ teleportSpeedKmhMax: number(1, 10_000) }),
  stays: z.strictObject({
    dwellMinutesMin: number(1, 1440),
    inferredDwellMinutesMin: number(1, 1440),
    unobservedHoursMax: number(0, 48),
    joinMinutesMax: number(0, 1440),
    joinMetres: number(0, 50_000),
    silenceHoursMax: number(0.1, 240),
    absenceDaysMax: whole(1, 366),
  }),
  anchors: z.strictObject({
    windowDays: whole(1, 31),
    observedDaysMin: whole(1, 31),
    anchorDaysMin: whole(1, 31),
    secondHomeShareMin: share(),
    dayShareMin: share(),
  }),
  circles: z.strictObject({
    rulesFile: file(),
    enterScore: share(),
    leaveScore: share(),
    activeShareEnter: share(),
    activeShareLeave: share(),
    strengthenedBy: share(),
  }),
  presence: z.strictObject({
    windowMinutes: whole(1, 60).refine((minutes) => 60 % minutes === 0, "does not divide an hour"),
    h3Resolution: whole(0, 15),
    circles: flag,
    circlePeopleMin: whole(1, 1_000_000),
  }),
  h3: z.strictObject({ resolution: whole(0, 15) }),
  store: z.strictObject({
    url: matching(/^(https?:\/\/[^\s]+)?$/, "http://host:8123, https://host:8443, or empty"),
    port: port(),
    database: matching(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, "a name of letters, digits and underscores"),
    user: text,
    password: secret("text"),
    passwordFile: file(),
    tls: z.strictObject({ caFile: file() }),
    gzip: flag,
    retriesMax: whole(0, 1000),
    timeoutSeconds: number(1, 3600),
    flushSecondsMax: number(0.05, 3600),
    flushRowsMax: whole(1, 10_000_000),
    ttlDays: z.strictObject({
      stays: ttlDays(),
      presence: ttlDays(),
      rejected: ttlDays(),
      membershipLog: ttlDays(),
    }),
  }),
  engine: z.strictObject({
    partitions: z.enum(["all", "lease"]),
    leaseSeconds: number(1, 3600),
    diaryMegabytesMax: number(0, 10_000_000),
  }),
  checkpoint: z.strictObject({ dir: folder(), everySeconds: number(1, 86_400) }),
  http: z.strictObject({
    host: matching(/^[^\s/]+$/, "an address or host name, as 127.0.0.1"),
    port: port(),
    remoteAllowed: flag,
    watermarkDelayMinutesMax: number(0, 1_000_000),
  }),
  api: z.strictObject({
    peopleMin: whole(2, 100_000),
    secondsMax: number(0.1, 3600),
    memoryMbMax: whole(10, 1_000_000),
    rowsReadMax: whole(1000, 1e15),
    cacheSecondsMax: number(0, 3600),
    answerMsMax: whole(10, 600_000),
    admittedMax: whole(1, 100_000),
    atWorkMax: whole(1, 1000),
    perSecondMax: number(0.01, 1_000_000),
    burstMax: whole(1, 1_000_000),
    bodyBytesMax: whole(1024, 100_000_000),
    audiencesToldPerDayMax: whole(1, 1_000_000),
    followsAudiences: flag,
    oidc: z.strictObject({
      issuer: text,
      audience: text,
      jwks: matching(
        /^(https:\/\/\S+|http:\/\/(localhost|127(\.\d+){3}|\[::1\])(:\d+)?(\/\S*)?|\/\S.*)?$/,
        "https://issuer/keys, an absolute path, or empty",
      ),
      roleClaim: text,
      regionsClaim: text,
      purposesClaim: text,
    }),
  }),
  log: z.strictObject({
    level: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]),
    pretty: z.enum(["auto", "always", "never"]),
  }),
});

type Sections = z.infer<typeof CONFIG_SCHEMA>;
type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** The whole configuration, checked and frozen; paths are absolute, secrets from files are filled in. */
export type Config = DeepReadonly<Sections>;

type Leaves<T, P extends string> = {
  [K in keyof T & string]: T[K] extends object ? Leaves<T[K], `${P}${K}.`> : `${P}${K}`;
}[keyof T & string];

/** Dotted path of a key: `stream.tls.caFile`. */
export type ConfigPath = Leaves<Sections, "">;

type ValueAt<T, P extends string> = P extends `${infer Head}.${infer Rest}`
  ? Head extends keyof T
    ? ValueAt<T[Head], Rest>
    : never
  : P extends keyof T
    ? T[P]
    : never;

/** Values from the command line by path; an absent or undefined one sets nothing. */
export type FlagSettings = { readonly [P in ConfigPath]?: ValueAt<Sections, P> | undefined };

/** Keys of numbers where the first must not lie below the second, and why. */
export const NOT_BELOW: readonly (readonly [ConfigPath, ConfigPath, string])[] = [
  ["circles.enterScore", "circles.leaveScore", "or a member would leave the moment it enters"],
  ["circles.activeShareEnter", "circles.activeShareLeave", "or a region would be left the moment it is active"],
  ["anchors.windowDays", "anchors.observedDaysMin", "or nobody could ever be observed enough"],
  [
    "stays.inferredDwellMinutesMin",
    "stays.dwellMinutesMin",
    "or what is only inferred would need less than what was seen",
  ],
];
