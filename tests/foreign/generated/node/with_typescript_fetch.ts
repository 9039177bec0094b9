// SPDX-License-Identifier: Apache-2.0
// What openapi-generator's typescript-fetch made of /openapi.json, in ./generated.
// For OAuth 2 it writes what it is given into Authorization as it is; hence the word Bearer here.
import { AccountsApi, Configuration, OauthApi, ProtectedApi, ResponseError } from "./generated/index.js";

const [basePath, username, password] = process.argv.slice(2) as [string, string, string];
async function main(): Promise<void> {
    const accounts = new AccountsApi(new Configuration({ basePath }));
    const registered = await accounts.postRegister({ newAccount: { username, password } });
    const wrong = await accounts.postLogin({ credentials: { username, password: "pa55-wrong" } })
        .catch(async (refused: ResponseError) => (await refused.response.json() as { code: string }).code);
    const byLogin = await accounts.postLogin({ credentials: { username, password } });
    const byForm = await new OauthApi(new Configuration({ basePath })).postToken({ grantType: "password", username, password });
    const greetings: string[] = [];
    for (const tokens of [byLogin, byForm])
        greetings.push((await new ProtectedApi(new Configuration({ basePath, accessToken: `Bearer ${tokens.accessToken}` })).getProtected()).message);
    const me = await new AccountsApi(new Configuration({ basePath, accessToken: `Bearer ${byForm.accessToken}` })).getMe();
    console.log(JSON.stringify({ registered: registered.username, wrong, greetings, me: me.username }));
}
main().catch((problem) => { console.error(problem); process.exit(1); });
