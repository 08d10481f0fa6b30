import type { FileFaults } from "./fault.js";

/** The text of a UTF-8 file without its byte order mark; null, with the fault reported, where it is empty or of another encoding. */
export function decodeText(bytes: Uint8Array, faults: FileFaults): string | null {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    faults.error(1, "encoding", "the file is UTF-16", "save it as UTF-8");
    return null;
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const message = "the file is not UTF-8 (the first wrong byte is on this line)";
    faults.error(
      lineOfFirstBadByte(bytes),
      "encoding",
      message,
      "save it as UTF-8; Chinese spreadsheets often write GBK",
    );
    return null;
  }
  if (text.trim() === "") {
    faults.error(null, "empty file", "the file is empty", "fill it, or remove it where the city does not need it");
    return null;
  }
  return text;
}

/** A new line byte never lies inside a UTF-8 character, so each line can be tried by itself. */
function lineOfFirstBadByte(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const newLine = bytes.indexOf(10, start);
    const end = newLine === -1 ? bytes.length : newLine;
    try {
      decoder.decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    start = end + 1;
  }
  return line;
}

/** Tells the 1-based line of character offsets that are asked in ascending order. */
export function lineCounter(text: string): (offset: number) => number {
  let line = 1;
  let at = text.indexOf("\n");
  return (offset) => {
    while (at !== -1 && at < offset) {
      line++;
      at = text.indexOf("\n", at + 1);
    }
    return line;
  };
}
