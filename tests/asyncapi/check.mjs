// Holds an AsyncAPI document against @asyncapi/parser: node check.mjs FILE
// Every complaint is told; an error or a warning ends with exit code 1.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Parser } from '@asyncapi/parser';

const file = resolve(process.argv[2]);
const parser = new Parser();
const { document, diagnostics } = await parser.parse(readFileSync(file, 'utf8'), { source: file });
for (const one of diagnostics)
    console.log(`${file}:${one.range.start.line + 1}: ${one.path.join('.')}: ${one.message}`);
const WARNING = 1;
if (!document || diagnostics.some((one) => one.severity <= WARNING))
    process.exit(1);
const count = (items) => items.all().length;
console.log(`asyncapi: valid; ${count(document.channels())} channels, ` +
            `${count(document.operations())} operations, ` +
            `${count(document.components().messages())} messages`);
