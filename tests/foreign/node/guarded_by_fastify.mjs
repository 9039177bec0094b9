// SPDX-License-Identifier: Apache-2.0
// Fastify with clients/js/fastify.js: `guarded_by_fastify.mjs ISSUER PORT` has two routes.
import fastify from "fastify";
import { Guard } from "keyhold";
import { protect } from "keyhold/fastify";

const [issuer, port] = process.argv.slice(2);
const guard = await Guard.fromIssuer(issuer);
const app = fastify();
const whoever = (request) => ({ id: request.user.id, name: request.user.name });
app.get("/notes", { onRequest: protect(guard) }, whoever);
app.post("/notes", { onRequest: protect(guard, "notes:write") }, whoever);
await app.listen({ host: "127.0.0.1", port: Number(port) });
