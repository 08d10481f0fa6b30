/** What people are asked about for. It stands in the audit log, so it is short and can hold no raw id. */
const PURPOSE = /^(?!.*\d{8})[A-Za-z][A-Za-z0-9 _.-]{1,63}$/;

export const NO_PURPOSE =
  "is no purpose: 2 to 64 letters, digits, blanks, dots and hyphens, the first a letter, without long numbers";

export function isPurpose(text: string): boolean {
  return PURPOSE.test(text);
}
