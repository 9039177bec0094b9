// SPDX-License-Identifier: Apache-2.0
// Asking the issuer: https, or http on this machine; no redirect, no proxy of the environment, no long answer.
import http from "node:http";
import https from "node:https";
import { readFileSync } from "node:fs";

const MOST = 1 << 20; // bytes of an answer
const LONGEST_DETAIL = 300; // longer ones are no sentence for a log
const ON_THIS_MACHINE = ["127.0.0.1", "[::1]", "localhost"];

export function checkUrl(text, allowHttp = false) {
  const url = URL.canParse?.(text) === false ? null : new URL(text);
  if (!url || !["https:", "http:"].includes(url.protocol) || url.username || url.password || url.search || url.hash)
    throw new TypeError(`${text}: not the URL of an issuer`);
  if (url.protocol === "http:" && !allowHttp && !ON_THIS_MACHINE.includes(url.hostname))
    throw new TypeError(`${text}: http is for this machine alone; use https`);
  return text;
}

// What the issuer says of its refusal (RFC 9457), as JSON, so that it cannot begin a line of a log; empty if it says nothing.
function reasonIn(body) {
  try {
    const { detail } = JSON.parse(body.toString());
    if (typeof detail === "string" && detail && detail.length <= LONGEST_DETAIL) return `: ${JSON.stringify(detail)}`;
  } catch {
    // It is another kind of answer, a proxy's page for example.
  }
  return "";
}

// Connections that are kept open between requests.
export class Connections {
  #agents;

  constructor(caFile) {
    const ca = caFile && readFileSync(caFile);
    this.#agents = { "http:": new http.Agent({ keepAlive: true }), "https:": new https.Agent({ keepAlive: true, ca }) };
  }

  // The body of an answer 200, as a Buffer. With `inTheBackground` a process that has nothing else to do may end.
  async get(url, milliseconds, { inTheBackground = false, signal } = {}) {
    try {
      return await this.#get(new URL(url), milliseconds, inTheBackground, signal);
    } catch (problem) {
      // A connection that was kept may have been closed while nobody asked.
      if (problem.code === "ECONNRESET" && problem.reused) return this.#get(new URL(url), milliseconds, inTheBackground, signal);
      throw new Error(`${url.split("?")[0]}: ${problem.message}`, { cause: problem });
    }
  }

  #get(url, milliseconds, inTheBackground, signal) {
    return new Promise((resolve, reject) => {
      const { get } = url.protocol === "https:" ? https : http;
      const request = get(url, { agent: this.#agents[url.protocol], headers: { "User-Agent": "keyhold-js" }, signal }, (answer) => {
        const pieces = [];
        let size = 0;
        answer.on("data", (piece) => {
          size += piece.length;
          if (size > MOST) request.destroy(new Error("the answer is too large"));
          else pieces.push(piece);
        });
        answer.on("error", reject);
        answer.on("end", () => {
          const body = Buffer.concat(pieces);
          answer.statusCode === 200 ? resolve(body) : reject(new Error(`status ${answer.statusCode}${reasonIn(body)}`));
        });
      });
      const late = setTimeout(() => request.destroy(new Error("no answer in time")), milliseconds);
      request.on("socket", (socket) => {
        if (inTheBackground) {
          socket.unref();
          late.unref();
        } else socket.ref();
      });
      request.on("error", (problem) => reject(Object.assign(problem, { reused: request.reusedSocket })));
      request.on("close", () => clearTimeout(late));
    });
  }

  close() {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }
}
