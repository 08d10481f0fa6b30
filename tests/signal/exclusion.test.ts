import fc from "fast-check";
import { expect, test } from "vitest";
import { Exclusion, NOBODY } from "../../src/signal/exclusion.js";
import { formatPseudonym } from "../../src/signal/identity.js";

const word = fc.oneof(fc.constantFrom(0, 1, 0xffff_ffff), fc.integer({ min: 0, max: 0xffff_ffff }));
const entry = fc.record({
  hi: word,
  lo: word,
  sentUntilMs: fc.constantFrom(1000, 2000, Number.POSITIVE_INFINITY),
});

test("who is excluded until when is the same as in a plain map, however many there are", () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 200 }), fc.array(entry, { maxLength: 50 }), (entries, others) => {
      const plain = new Map<string, number>();
      for (const { hi, lo, sentUntilMs } of entries)
        plain.set(`${hi} ${lo}`, Math.max(plain.get(`${hi} ${lo}`) ?? 0, sentUntilMs));
      const exclusion = new Exclusion(entries);
      expect(exclusion.size).toBe(plain.size);
      for (const { hi, lo } of [...entries, ...others])
        for (const sentMs of [0, 1000, 1001, 2000, 2001, Number.POSITIVE_INFINITY])
          expect(exclusion.excludes(hi, lo, sentMs)).toBe(sentMs <= (plain.get(`${hi} ${lo}`) ?? -1));
    }),
  );
});

test("nobody excludes nobody, not even a subscriber of the pseudonym 0", () => {
  expect(NOBODY.size).toBe(0);
  expect(NOBODY.excludes(0, 0, 0)).toBe(false);
});

test("a refused event of somebody excluded is dropped; of another whose peer is excluded the peer is taken out", () => {
  const [hi, lo] = [0xffff_ffff, 0xffff_fff0];
  const name = formatPseudonym(hi, lo);
  const exclusion = new Exclusion([{ hi, lo, sentUntilMs: 1000 }]);
  expect(exclusion.judgeRaw(`{"subscriber":"${name}"}`, 1000)).toEqual({ kind: "drop" });
  expect(exclusion.judgeRaw(`{"subscriber":"${name}"}`, 1001)).toEqual({ kind: "keep" });
  expect(exclusion.judgeRaw(`{"subscriber":"7","kind":"call_out","peer":"${name}","tac":"1"}`, 1000)).toEqual({
    kind: "change",
    raw: '{"subscriber":"7","kind":"call_out","peer":"","tac":"1"}',
  });
  for (const raw of ["", "{}", '{"subscriber":""}', '{"subscriber":"99999999999999999999"}', '{"bytes":3,"fault":"x"}'])
    expect(exclusion.judgeRaw(raw, 1000)).toEqual({ kind: "keep" });
});
