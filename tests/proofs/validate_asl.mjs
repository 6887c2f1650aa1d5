// Reads a state machine (JSON) from standard input; prints what two validators find wrong, as a JSON list of strings.
import { readFileSync } from "node:fs";
import { validatePath } from "asl-path-validator";
import validate from "asl-validator";

// asl-validator knows fewer fields with paths than the language has, so that paths are also looked for here.
const REFERENCE = new Set([
  "ItemsPath",
  "SecondsPath",
  "TimestampPath",
  "TimeoutSecondsPath",
  "HeartbeatSecondsPath",
  "MaxConcurrencyPath",
  "MaxItemsPath",
  "MaxItemsPerBatchPath",
  "ToleratedFailureCountPath",
  "ToleratedFailurePercentagePath",
]);
const PATH = /^(InputPath|OutputPath|Variable|(String|Numeric|Timestamp|Boolean)\w+Path)$/;
const TEMPLATE = /\.\$$|^(Error|Cause)Path$/;

function* paths(value, where) {
  if (value === null || typeof value !== "object") return;
  for (const [key, inner] of Object.entries(value)) {
    const context = key === "ResultPath" ? "result_path" : REFERENCE.has(key) ? "reference_path"
      : PATH.test(key) ? "path" : TEMPLATE.test(key) ? "payload_template" : null;
    if (context && typeof inner === "string") yield [`${where}/${key}`, inner, context];
    else yield* paths(inner, `${where}/${key}`);
  }
}

const machine = JSON.parse(readFileSync(0, "utf8"));
const found = validate(machine, { checkArn: true, checkPaths: true }).errors.map((error) => error.Message);
for (const [where, path, context] of paths(machine.States, "/States")) {
  const { isValid, code } = validatePath(path, context);
  if (!isValid) found.push(`${where}: ${path} is no ${context} (${code})`);
}
process.stdout.write(JSON.stringify(found));
