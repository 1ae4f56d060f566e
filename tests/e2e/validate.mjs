// Reads one HTML document from stdin and prints what html-validate finds in it, as a JSON list of sentences.
import { readFileSync } from "node:fs";
import { HtmlValidate, StaticConfigLoader } from "html-validate";

const loader = new StaticConfigLoader({ root: true, extends: ["html-validate:recommended"] });
const report = await new HtmlValidate(loader).validateString(readFileSync(0, "utf8"), "page.html");
const found = report.results.flatMap((result) =>
  result.messages.map((m) => `${m.ruleId} (${m.line}:${m.column}): ${m.message}`),
);
process.stdout.write(JSON.stringify(found));
