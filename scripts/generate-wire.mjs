/**
 * Makes src/signal/wire.generated.ts from the .proto file, offline and always the same: the schema as protobufjs reads it, and an
 * interface for each message. With `--check` it writes nothing and fails where the file is not what it would make.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import pbjs from "protobufjs-cli/pbjs.js";

const ROOT = new URL("..", import.meta.url);
const PROTO = "proto/lifecircle/signalling/v1/signalling.proto";
const TARGET = "src/signal/wire.generated.ts";
const PACKAGE = ["lifecircle", "signalling", "v1"];

/** 64-bit numbers are objects of two words here, because protobufjs finds the `long` package that it depends on. */
const TYPES = {
  bytes: "Uint8Array",
  string: "string",
  bool: "boolean",
  uint32: "number",
  int64: "Word64",
  fixed64: "Word64",
};

function fieldType(field, messages) {
  const type = TYPES[field.type] ?? (messages[field.type]?.fields ? field.type : "number");
  return field.rule === "repeated" ? `${type}[]` : type;
}

/** A field is absent from what protobufjs decodes where it is optional or a message; other fields have their zero value. */
function isOptional(field, messages) {
  return field.options?.proto3_optional === true || (field.rule !== "repeated" && messages[field.type]?.fields);
}

function messageInterface(name, message, messages) {
  const fields = Object.entries(message.fields).map(
    ([field, value]) =>
      `  ${field}${isOptional(value, messages) ? "?" : ""}: ${fieldType(value, messages)}${isOptional(value, messages) ? " | null" : ""};`,
  );
  return [`export interface ${name} {`, ...fields, "}"].join("\n");
}

function moduleText(schema) {
  const messages = PACKAGE.reduce((node, name) => node.nested[name], schema).nested;
  const interfaces = Object.entries(messages)
    .filter(([, value]) => value.fields)
    .map(([name, value]) => messageInterface(name, value, messages));
  return [
    `// Made by scripts/generate-wire.mjs from ${PROTO}. Do not edit.`,
    "",
    "/** A 64-bit number of the wire in two 32-bit halves. */",
    "export interface Word64 {",
    "  low: number;",
    "  high: number;",
    "  unsigned: boolean;",
    "}",
    "",
    interfaces.join("\n\n"),
    "",
    `export const WIRE_SCHEMA = ${JSON.stringify(schema, null, 2)};`,
    "",
  ].join("\n");
}

function schemaOf(path) {
  return new Promise((resolve, reject) => {
    pbjs.main(["--target", "json", fileURLToPath(new URL(path, ROOT))], (error, output) =>
      error ? reject(error) : resolve(JSON.parse(output)),
    );
  });
}

const target = new URL(TARGET, ROOT);
const text = moduleText(await schemaOf(PROTO));
if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== text) {
    process.stderr.write(`${TARGET} is not what ${PROTO} gives. Run: node scripts/generate-wire.mjs\n`);
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, text);
}
