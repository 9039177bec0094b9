// SPDX-License-Identifier: Apache-2.0
// For Fastify: app.get("/notes", { onRequest: protect(guard, "notes:read") }, ...).
import { Refused } from "./guard.js";

export const protect =
  (guard, ...scopes) =>
  async (request, reply) => {
    const fields = request.raw.rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === "authorization");
    try {
      request.user = await guard.check(fields.length === 1 ? request.headers.authorization : undefined, ...scopes);
    } catch (problem) {
      if (!(problem instanceof Refused)) throw problem;
      return reply.code(problem.status).headers(problem.headers).send(problem.body);
    }
  };
