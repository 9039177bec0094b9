// SPDX-License-Identifier: Apache-2.0
// Express with clients/js/express.js: `guarded_by_express.mjs ISSUER PORT` has two routes.
import express from "express";
import { Guard } from "keyhold";
import { protect } from "keyhold/express";

const [issuer, port] = process.argv.slice(2);
const guard = await Guard.fromIssuer(issuer);
const app = express();
const whoever = (request, response) => response.json({ id: request.user.id, name: request.user.name });
app.get("/notes", protect(guard), whoever);
app.post("/notes", protect(guard, "notes:write"), whoever);
app.listen(Number(port), "127.0.0.1");
