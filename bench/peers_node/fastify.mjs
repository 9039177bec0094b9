// SPDX-License-Identifier: Apache-2.0
// What a team writes with Fastify, npm's bcrypt and jsonwebtoken, as ./bench/run peers measures it: accounts in memory,
// access tokens that nothing but their signature is asked of.
import bcrypt from "bcrypt";
import Fastify from "fastify";
import jsonwebtoken from "jsonwebtoken";

const [port, cost] = process.argv.slice(2).map(Number);
const secret = "benchmark-6b1b36cbb04b41490bfc0ab2bfa26f86";
const accounts = new Map();
const app = Fastify();

app.post("/register", async (request) => {
  const { username, password } = request.body;
  accounts.set(username, await bcrypt.hash(password, cost));
  return { msg: "User created successfully" };
});

app.post("/login", async (request, reply) => {
  const { username, password } = request.body;
  const hash = accounts.get(username);
  if (!hash || !(await bcrypt.compare(password, hash))) return reply.code(401).send({ detail: "Invalid credentials" });
  return { access_token: jsonwebtoken.sign({ sub: username }, secret, { expiresIn: "30m" }), token_type: "bearer" };
});

app.get("/protected", async (request, reply) => {
  try {
    const { sub } = jsonwebtoken.verify((request.headers.authorization ?? "").replace(/^Bearer /, ""), secret, { algorithms: ["HS256"] });
    return { message: `Welcome ${sub}` };
  } catch {
    return reply.code(401).send({ detail: "Could not validate credentials" });
  }
});

await app.listen({ port, host: "127.0.0.1" });
