// Written by `jackline connect opencode`. Asks the guard before every tool call; whatever fails, the call does not run.
import { spawn } from "node:child_process";

const COMMAND = /* the hook command */ [];
const LIMIT_MS = /* its limit */ 0;
const FAILED = "Jackline: the guard does not answer, so nothing was run; run `jackline doctor`";

// Resolves to the guard's answer, a whole JSON object; rejects with one sentence in every other case.
function ask(message) {
  return new Promise((resolve, reject) => {
    const out = [], err = [];
    const child = spawn(COMMAND[0], COMMAND.slice(1), { stdio: ["pipe", "pipe", "pipe"] });
    const timer = setTimeout(() => { child.kill("SIGKILL"); reject(new Error(FAILED)); }, LIMIT_MS);
    child.on("error", () => { clearTimeout(timer); reject(new Error(FAILED)); });
    child.stdout.on("data", (chunk) => out.push(chunk));
    child.stderr.on("data", (chunk) => err.push(chunk));
    child.stdin.on("error", () => {});
    child.on("close", (code) => {
      clearTimeout(timer);
      if (code !== 0) return reject(new Error(Buffer.concat(err).toString().trim() || FAILED));
      try {
        const answer = JSON.parse(Buffer.concat(out).toString());
        return answer !== null && typeof answer === "object" ? resolve(answer) : reject(new Error(FAILED));
      } catch {
        return reject(new Error(FAILED));
      }
    });
    child.stdin.end(JSON.stringify(message));
  });
}

export const Jackline = async ({ directory }) => ({
  "tool.execute.before": async (input, output) => {
    const answer = await ask({ event: "tool.execute.before", directory, input, output: { args: output.args } });
    if ("deny" in answer) throw new Error(String(answer.deny));
    if ("args" in answer) {
      for (const name of Object.keys(output.args)) delete output.args[name];
      Object.assign(output.args, answer.args);
    }
  },
  "tool.execute.after": async (input, output) => {
    try {
      await ask({ event: "tool.execute.after", directory, input, output });
    } catch { /* a report: the call is over */ }
  },
});
