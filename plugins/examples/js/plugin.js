// The `no-sleep-js` plugin. Change what it looks for; `devflow plugin test` runs the files in `cases`.

import { search } from "devflow:plugin/syntax";

// Lower-case letters, digits and dashes.
const RULE = "sleep-in-code";

const QUERY = `(call function: [(identifier) (attribute)] @callee (#any-of? @callee "sleep" "time.sleep")) @here`;

export function manifest() {
  return {
    // Both as in `package.json`.
    id: "no-sleep-js",
    version: "0.1.0",
    operations: [
      {
        name: "file",
        summary: "Finds calls that sleep.",
        scope: "file",
        asksModel: false,
        seesProject: false,
        needsModel: false,
        documents: [],
        optionsSchema: `{"type":"object","additionalProperties":false,"properties":{}}`,
      },
    ],
    rules: [
      {
        id: RULE,
        severity: "low",
        category: "performance",
        summary: "The program waits for a fixed time.",
        confidence: 80,
        limits: [],
        cwe: [],
        links: [],
        page: "",
      },
    ],
  };
}

// An error that is thrown here, as `search` throws one when a query is wrong, is shown to the user with its message.
export function inspect(operation, unit, options) {
  // The host parses the unit and compiles a list of queries once. This one is for Python; other languages have other nodes.
  if (unit.language !== "python") {
    return report([]);
  }
  const { names, items } = search([QUERY]);
  const here = items.filter((capture) => names[capture.name] === "here");
  return report(here.map((capture) => sleep(capture.span)));
}

function sleep(span) {
  return {
    rule: RULE,
    severity: "low",
    category: "performance",
    message: "this waits for a fixed time",
    place: { tag: "span", val: span },
    suggestion: "Wait for the event itself.",
    confidence: 80,
    reasons: [],
    related: [],
    edits: [],
  };
}

function report(findings) {
  return { findings, artifacts: [], patches: [] };
}

// This plugin never asks the model.
export function question(operation, unit, options) {
  return null;
}

export function conclude(operation, unit, options, exchange) {
  return { report: report([]), followUp: null };
}
