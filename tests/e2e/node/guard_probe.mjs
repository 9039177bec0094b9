// SPDX-License-Identifier: Apache-2.0
// guard_probe.cpp in JavaScript: node guard_probe.mjs issuer URL [option=value ...], then a line of input per question.
import { createInterface } from "node:readline";
import { Guard, Refused } from "../../../clients/js/guard.js";

const same = (text) => text;
const thousandth = (text) => Number(text) / 1000;
const OPTIONS = {
  audience: ["audience", same],
  refresh_every: ["refreshEvery", Number],
  cool_down: ["coolDown", Number],
  stale_if_error: ["staleIfError", Number],
  wait_for_keys: ["waitForKeys", thousandth],
  timeout: ["timeout", thousandth],
  ca_file: ["caFile", same],
  stale: ["revocationsStaleAfter", Number],
  follow: ["followRevocations", (text) => text === "yes"],
  types: ["types", (text) => text.split(",")],
};

async function answer(guard, question) {
  const [verb, ...words] = question.trim().split(" ");
  if (verb === "trouble") return guard.trouble;
  if (verb === "revocations") {
    const { followed, age, sessions } = guard.revocations();
    return `${followed ? "followed" : "not followed"} ${age === null ? "never" : Math.floor(age * 1000)} ${sessions}`;
  }
  const token = words.pop() ?? "";
  try {
    return `200 ${(await guard.check(`Bearer ${token}`, ...words)).id}`;
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    return `${problem.status} ${problem.code}`;
  }
}

const options = process.argv.slice(4).map((word) => word.split(/=(.*)/s));
try {
  const chosen = Object.fromEntries(options.map(([name, text]) => [OPTIONS[name][0], OPTIONS[name][1](text)]));
  const guard = await Guard.fromIssuer(process.argv[3], chosen);
  console.log("ready");
  for await (const line of createInterface({ input: process.stdin })) console.log(await answer(guard, line));
  guard.close();
} catch (problem) {
  console.log(`refused ${problem.message}`);
  process.exitCode = 1;
}
