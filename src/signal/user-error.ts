/** An error that the user can mend: the message names the place, `mend` what to do. Printed without a stack. */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly mend: string | null;

  constructor(message: string, mend: string | null = null) {
    super(mend === null ? message : `${message}\n  mend: ${mend}`);
    this.mend = mend;
  }
}
