/** Who asks, and what somebody may ask. */
export const ROLES = ["ops", "analyst", "marketer", "admin"] as const;
export type Role = (typeof ROLES)[number];

/**
 * `numbers`: how many, never who. `people`: the panorama of one subscriber. `members`: lists of people. `lookup`: from a raw id to the
 * pseudonym. `audiences`: saves audiences. `admin`: what others asked.
 */
export const PERMISSIONS = ["numbers", "people", "members", "lookup", "audiences", "admin"] as const;
export type Permission = (typeof PERMISSIONS)[number];

const MAY: Readonly<Record<Role, readonly Permission[]>> = {
  ops: ["numbers"],
  analyst: ["numbers", "people", "audiences"],
  marketer: ["numbers", "members", "audiences"],
  admin: PERMISSIONS,
};

export interface Principal {
  /** Of the API key, or issuer and subject of a token; stands in the audit log. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Regions whose people may be asked about, with those below them; null: all. */
  readonly regions: readonly string[] | null;
  /** Purposes that may be given; null: any. */
  readonly purposes: readonly string[] | null;
}

export function allows(role: Role, permission: Permission): boolean {
  return MAY[role].includes(permission);
}

export function rolesThatMay(permission: Permission): Role[] {
  return ROLES.filter((role) => allows(role, permission));
}

/** A deployment without credentials answers this machine, whose users can read the store anyway. */
export const LOCAL: Principal = { id: "local", name: "this machine", role: "admin", regions: null, purposes: null };

/** The same deployment's own page in a browser: other programs can reach into a browser, so it sees nobody without a key. */
export const LOCAL_PAGE: Principal = { ...LOCAL, id: "local-page", name: "a browser on this machine", role: "ops" };
