// Questions in, answers out: one JSON value a line. The argument is the bundle of api.mjs.

import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { default: answer } = await import(pathToFileURL(process.argv[2]).href);
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
