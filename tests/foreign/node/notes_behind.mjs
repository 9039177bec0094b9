// SPDX-License-Identifier: Apache-2.0
// Serves what docs/protect-your-routes.md makes with express-oauth2-jwt-bearer: `notes_behind.mjs RECIPE PORT`.
import { pathToFileURL } from "node:url";

const [recipe, port] = process.argv.slice(2);
const { app } = await import(pathToFileURL(recipe));
app.listen(Number(port), "127.0.0.1");
