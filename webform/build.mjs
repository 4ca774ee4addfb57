// Compile the schemas of the files that people fill in into plain functions for the browser: no eval, no library there.
// Usage: node build.mjs [SCHEMAS [OUTPUT]]. Run by `python3 noxfile.py assets`; the output is committed.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import Ajv from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";
import ucs2length from "ajv/dist/runtime/ucs2length.js";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const [schemas = here("../schemas/v1"), output = here("../site_templates/assets/form")] = process.argv.slice(2);
const KINDS = ["self-assessment", "appraisal", "explanation", "council-decision", "survey-counts"];
const COMMON = "common.schema.json";
const UNSAID = new Set(["title", "x-titles", "description", "examples", "x-form", "$schema"]); // words for editors, no law

// A name under `properties` or `$defs` is a field of the data, whatever it is called.
function bare(schema, names = false) {
  if (Array.isArray(schema)) return schema.map((item) => bare(item));
  if (schema === null || typeof schema !== "object") return schema;
  const kept = Object.entries(schema).filter(([key]) => names || !UNSAID.has(key));
  return Object.fromEntries(kept.map(([key, value]) => [key, bare(value, !names && ["properties", "$defs"].includes(key))]));
}

function read(name) {
  return { ...bare(JSON.parse(readFileSync(`${schemas}/${name}`, "utf-8"))), $id: name };
}

// What an output depends on, words left out; tests compare it with the files as they stand, so that a stale output is
// found without Node.
function digest(kind) {
  const sources = [readFileSync(here("build.mjs")), readFileSync(here("package-lock.json"))];
  sources.push(...[COMMON, `${kind}.schema.json`].map((name) => JSON.stringify(bare(JSON.parse(readFileSync(`${schemas}/${name}`, "utf-8"))))));
  return sources.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");
}

const LENGTH = 'require("ajv/dist/runtime/ucs2length").default';

function compiled(kind) {
  const options = { source: true, lines: false, optimize: 2 };
  const ajv = new Ajv.default({ allErrors: true, messages: false, inlineRefs: false, strict: true, strictTypes: false, allowMatchingProperties: true, strictRequired: false, code: options });
  ajv.addSchema(read(COMMON));
  const code = standalone.default(ajv, ajv.compile(read(`${kind}.schema.json`)));
  const inlined = code.replaceAll(LENGTH, "length").replace(/module\.exports = (\w+);module\.exports\.default = \1;/, "shape = $1;");
  if (/\brequire\(|\bmodule\b|\beval\b|\bFunction\b/.test(inlined)) throw new Error(`${kind}: the compiled code asks for more than a page gives`);
  const length = `const length = ${ucs2length.default.toString().replace(/ *\/\/.*/g, "").replace(/\s+/g, " ")};`;
  return [
    `// Compiled from schemas/v1/${kind}.schema.json by webform/build.mjs with Ajv (MIT licence); not to be edited.`,
    `// sources: ${digest(kind)}`,
    `(function () { "use strict"; let shape; ${length}`,
    inlined.replace(/^"use strict";/, ""),
    "window.parindexShape = shape; })();",
    "",
  ].join("\n");
}

mkdirSync(output, { recursive: true });
for (const kind of KINDS) writeFileSync(`${output}/shape-${kind}.js`, compiled(kind));

// What draws QR codes, as its makers built it, with the licence that must go with every copy.
const LICENCE = `/* qrcode-generator ${JSON.parse(readFileSync(here("node_modules/qrcode-generator/package.json"), "utf-8")).version}, put here by webform/build.mjs; not to be edited.

The MIT License (MIT)

Copyright (c) 2009 Kazuhiko Arase

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
*/
`;
writeFileSync(`${output}/qrcode.js`, LICENCE + readFileSync(here("node_modules/qrcode-generator/dist/qrcode.js"), "utf-8"));
