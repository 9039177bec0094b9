// SPDX-License-Identifier: Apache-2.0
// What openapi-typescript made of /openapi.json, with openapi-fetch.
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

const [url, username, password] = process.argv.slice(2) as [string, string, string];
const client = createClient<paths>({ baseUrl: url });
const form = { "Content-Type": "application/x-www-form-urlencoded" };
const registered = await client.POST("/register", { body: { username, password } });
const wrong = await client.POST("/login", { body: { username, password: "pa55-wrong" } });
const byJson = await client.POST("/login", { body: { username, password } });
const byForm = await client.POST("/login", { body: { username, password }, headers: form });
const byToken = await client.POST("/token", { body: { grant_type: "password", username, password }, headers: form });
const greetings: string[] = [];
for (const { data } of [byJson, byForm, byToken]) {
    const headers = { Authorization: `Bearer ${data!.access_token}` };
    greetings.push((await client.GET("/protected", { headers })).data!.message);
}
const me = await client.GET("/me", { headers: { Authorization: `Bearer ${byForm.data!.access_token}` } });
console.log(JSON.stringify({ registered: registered.data!.username, wrong: wrong.error!.code, greetings, me: me.data!.username }));
