/** One thing that is wrong in a city folder: where, what, and what to do about it. */
export interface Fault {
  /** Name of the file inside the city folder. */
  readonly file: string;
  /** 1-based line; null where the fault is of the file as a whole. */
  readonly line: number | null;
  readonly message: string;
  readonly mend: string;
  /** An error makes the city unusable, a warning does not. */
  readonly severity: "error" | "warning";
}

/** A fault is for a person; what repeats more of a file than this is cut. */
const FAULT_CHARS_MAX = 400;

/** Faults of one kind shown one by one; of the rest only the number is told, so that one wrong column does not bury all others. */
export const FAULTS_SHOWN_MAX = 10;

interface Kind {
  readonly name: string;
  readonly file: string;
  readonly severity: Fault["severity"];
  readonly mend: string;
  readonly shown: Fault[];
  count: number;
  firstHiddenLine: number | null;
}

/** Collects the faults of all files; equal kinds in one file are capped at FAULTS_SHOWN_MAX. */
export class FaultList {
  errors = 0;
  readonly #kinds = new Map<string, Kind>();

  add(kindName: string, fault: Fault): void {
    if (fault.severity === "error") this.errors++;
    const key = `${fault.file}\n${fault.severity}\n${kindName}`;
    const kind = this.#kinds.get(key) ?? emptyKind(kindName, fault);
    this.#kinds.set(key, kind);
    kind.count++;
    if (kind.shown.length < FAULTS_SHOWN_MAX)
      kind.shown.push({ ...fault, message: shortened(fault.message), mend: shortened(fault.mend) });
    else kind.firstHiddenLine ??= fault.line;
  }

  /** All faults, file by file in the order of first report, by line within a file. */
  list(): Fault[] {
    const files = new Map<string, Fault[]>();
    for (const kind of this.#kinds.values()) {
      const faults = files.get(kind.file) ?? [];
      files.set(kind.file, faults);
      faults.push(...kind.shown);
      const hidden = kind.count - kind.shown.length;
      if (hidden > 0) {
        const message = `${hidden} more ${kind.severity}s of the same kind (${kind.name}), the first of them here`;
        const { file, severity, mend, firstHiddenLine: line } = kind;
        faults.push({ file, line, message, mend, severity });
      }
    }
    return [...files.values()].flatMap((faults) => faults.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)));
  }
}

/** The text of a fault, cut where it is too long for a person. */
export function shortened(text: string): string {
  return text.length > FAULT_CHARS_MAX ? `${text.slice(0, FAULT_CHARS_MAX)}...` : text;
}

function emptyKind(name: string, { file, severity, mend }: Fault): Kind {
  return { name, file, severity, mend, shown: [], count: 0, firstHiddenLine: null };
}

/** Reports the faults of one file; `kind` is a short constant that says what sort of fault it is, for the cap. */
export class FileFaults {
  readonly file: string;
  readonly #list: FaultList;

  constructor(file: string, list: FaultList) {
    this.file = file;
    this.#list = list;
  }

  error(line: number | null, kind: string, message: string, mend: string): void {
    this.#list.add(kind, { file: this.file, line, message, mend, severity: "error" });
  }

  warning(line: number | null, kind: string, message: string, mend: string): void {
    this.#list.add(kind, { file: this.file, line, message, mend, severity: "warning" });
  }
}

/** Two lines of text: `FILE:LINE: severity: what`, and the mend below it. */
export function formatFault(fault: Fault): string {
  const place = fault.line === null ? fault.file : `${fault.file}:${fault.line}`;
  return `${place}: ${fault.severity}: ${fault.message}\n  mend: ${fault.mend}`;
}
