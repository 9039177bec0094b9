// SPDX-License-Identifier: Apache-2.0
// For Express, and whatever else calls (request, response, next): app.get("/notes", protect(guard, "notes:read"), ...).
import { Refused } from "./guard.js";

export const protect =
  (guard, ...scopes) =>
  async (request, response, next) => {
    // Node keeps the first of two Authorization fields; two of them count as none.
    const fields = request.rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === "authorization");
    try {
      request.user = await guard.check(fields.length === 1 ? request.headers.authorization : undefined, ...scopes);
    } catch (problem) {
      if (!(problem instanceof Refused)) return next(problem);
      response.writeHead(problem.status, { ...problem.headers, "Content-Length": Buffer.byteLength(problem.body) });
      return response.end(problem.body);
    }
    next();
  };
