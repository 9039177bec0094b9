// SPDX-License-Identifier: Apache-2.0
// better-auth as ./bench/run peers measures it: rows in memory, its own scrypt, or npm's bcrypt where a cost is named.
import { createServer } from "node:http";
import bcrypt from "bcrypt";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { toNodeHandler } from "better-auth/node";
import { bearer } from "better-auth/plugins";

const [port, cost] = process.argv.slice(2).map(Number);
const byBcrypt = { hash: (password) => bcrypt.hash(password, cost), verify: ({ hash, password }) => bcrypt.compare(password, hash) };
const auth = betterAuth({
  baseURL: `http://127.0.0.1:${port}`,
  secret: "benchmark-6b1b36cbb04b41490bfc0ab2bfa26f86",
  database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
  emailAndPassword: { enabled: true, ...(cost ? { password: byBcrypt } : {}) },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  plugins: [bearer()],
});
createServer(toNodeHandler(auth)).listen(port, "127.0.0.1");
