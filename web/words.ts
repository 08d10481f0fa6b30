/** What the page says, in both languages. A text may have `{name}` for a value. */
import { english } from "./words-en.js";
import { chinese } from "./words-zh.js";

export type Words = Readonly<Record<keyof typeof english, string>>;
export type Language = "en" | "zh";

const LANGUAGE = "lifecircle.language";
const WORDS: Readonly<Record<Language, Words>> = { en: english, zh: chinese };

export function wordsOf(language: Language): Words {
  return WORDS[language];
}

/** What was chosen last, else what the browser prefers. */
export function preferredLanguage(): Language {
  const chosen = localStorage.getItem(LANGUAGE);
  if (chosen === "en" || chosen === "zh") return chosen;
  return navigator.language.startsWith("zh") ? "zh" : "en";
}

export function chooseLanguage(language: Language): void {
  localStorage.setItem(LANGUAGE, language);
}

export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}
