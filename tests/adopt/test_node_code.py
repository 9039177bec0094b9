# SPDX-License-Identifier: Apache-2.0
"""What `keyhold adopt` reads in the JavaScript and TypeScript of a Node application: each case is a small application, and what its own libraries would do with it."""
import json
import time

import pytest
from reader import read
from test_settings_reader import module_of

KEY = "the-applications-own-secret-of-many-characters"


def app(*packages, **files):
    """Files by name, `__` for a folder and the last `_` for the dot."""
    return {"package.json": json.dumps({"dependencies": dict.fromkeys(packages, "1")}), **files}


def of(told, *names):
    return tuple(told["found"].get(name, {}).get("value") for name in names)


MYSQL = app("express", "mysql2", "jsonwebtoken", "bcrypt", "dotenv")
PG = app("express", "pg", "jsonwebtoken", "bcryptjs")
MY_URL = "mysql://u:p%40ss@h:3307/d"
PG_URL = "postgresql://u:p%40ss@h:5433/d"
PARTS = "host: 'h', user: 'u', password: 'p@ss', database: 'd'"

DATABASES = {
    "mysql2's pool": (MYSQL | {"db.js": "const mysql = require('mysql2');\nmodule.exports = mysql.createPool({ " + PARTS + ", port: 3307 }).promise();\n"}, MY_URL),
    "mysql's connection, imported by name": (MYSQL | {"db.mjs": "import { createConnection as open } from 'mysql2/promise'\nconst db = await open({ " + PARTS + ", port: 3307 })\n"}, MY_URL),
    "mysql2 with a URL": (MYSQL | {"db.js": "const pool = require('mysql2').createPool('mysql://u:p%40ss@h:3307/d')\n"}, MY_URL),
    "pg's pool of variables": (PG | {".env": "PGPASS=p@ss\n", "src/db.ts": "import { Pool, type PoolConfig } from 'pg';\nconst options: PoolConfig = { user: process.env.NAME || 'u', password: process.env.PGPASS!, host: process.env['HOST'] ?? `h`, port: Number(process.env.PORT_OF_DB || 5433), database: 'd' };\nexport const pool = new Pool(options as PoolConfig);\n"}, PG_URL),
    "pg's connectionString": (PG | {".env": f"DB_CONN={PG_URL}\n", "db.js": "const pg = require('pg')\nconst client = new pg.Client({\n  connectionString: process.env.DB_CONN, // of the provider\n  ssl: { rejectUnauthorized: false },\n})\n"}, PG_URL),
    "a config object of another file": (PG | {"config/index.js": "const db = { user: 'u', password: 'p@ss' };\nmodule.exports = { port: 3000, db: { ...db, host: 'h', port: 5433, name: 'd' } };\n",
                                              "db.js": "const config = require('./config');\nconst { Pool } = require('pg');\nmodule.exports = new Pool({ host: config.db.host, user: config.db.user, password: config.db.password, port: config.db.port, database: config.db.name });\n"}, PG_URL),
    "names exported one by one": (PG | {"src/config.ts": "export const DB_HOST: string = 'h';\nexport const url = `postgresql://u:${encodeURIComponent('p@ss')}@${DB_HOST}:${5433}/d`;\n", "src/env.ts": "export * from './config';\n",
                                        "src/db.ts": "import { url as databaseUrl } from './env.js';\nimport pg from 'pg';\nexport default new pg.Pool({ connectionString: databaseUrl });\n"}, PG_URL),
    "a joined text": (PG | {"db.js": "const { Pool } = require('pg'); const user = 'u'\nconst where = '@h:' + 5433 + '/d'\nlet url = 'postgresql://' + user + ':p%40ss' + where\nmodule.exports = new Pool({ connectionString: url })\n"}, PG_URL),
    "TypeORM's DataSource": (app("typeorm", "pg") | {"src/data-source.ts": "import { DataSource } from 'typeorm';\nimport { User } from './user';\nexport const AppDataSource = new DataSource({ type: 'postgres', host: 'h', port: +(process.env.P ?? '5433'), username: 'u', password: 'p@ss', database: 'd', entities: [User], synchronize: true });\n"}, PG_URL),
    "TypeORM in Nest, by ConfigService": (app("@nestjs/core", "@nestjs/typeorm", "typeorm", "mysql2") | {
        ".env": "DB_HOST=h\nDB_PASSWORD=p@ss\nDATABASE_PORT=3307\n",
        "src/app.module.ts": "@Module({\n  imports: [\n    ConfigModule.forRoot({ isGlobal: true }),\n    TypeOrmModule.forRootAsync({\n      imports: [ConfigModule],\n      inject: [ConfigService],\n      useFactory: (config: ConfigService) => ({\n        type: 'mysql',\n"
                             "        host: config.get<string>('DB_HOST'),\n        port: config.get<number>('DATABASE_PORT', 3306),\n        username: config.get('DB_USER', 'u'),\n        password: config.getOrThrow('DB_PASSWORD'),\n        database: 'd',\n        autoLoadEntities: true,\n      }),\n    }),\n  ],\n})\nexport class AppModule {}\n"
                             .replace("@Module", "import { Module } from '@nestjs/common';\nimport { TypeOrmModule } from '@nestjs/typeorm';\n@Module")}, MY_URL),
    "Nest's namespaces": (app("@nestjs/core", "@nestjs/typeorm", "typeorm", "pg") | {
        "src/config/database.config.ts": "import { registerAs } from '@nestjs/config';\nexport default registerAs('database', () => ({ host: process.env.DATABASE_HOST || 'h', port: parseInt(process.env.DATABASE_PORT || '5433', 10), credentials: { name: 'u', password: 'p@ss' } }));\n",
        "src/app.module.ts": "import { TypeOrmModule } from '@nestjs/typeorm';\nimport databaseConfig from './config/database.config';\n@Module({ imports: [ConfigModule.forRoot({ load: [databaseConfig] }), TypeOrmModule.forRootAsync({ inject: [ConfigService], useFactory: async (configService: ConfigService) => { return {\n"
                             "  type: 'postgres', host: configService.get('database.host'), port: configService.get('database.port'), username: configService.get('database.credentials.name'), password: configService.get('database.credentials.password'), database: 'd' } } })] })\nexport class AppModule {}\n"}, PG_URL),
    "ormconfig.json": (app("typeorm", "pg") | {"ormconfig.json": json.dumps([{"type": "postgres", "host": "h", "port": 5433, "username": "u", "password": "p@ss", "database": "d"}])}, PG_URL),
    "Sequelize of four": (app("sequelize", "mysql2") | {"db.js": "const { Sequelize } = require('sequelize');\nconst sequelize = new Sequelize('d', 'u', 'p@ss', { host: 'h', port: 3307, dialect: 'mysql', logging: false });\n"}, MY_URL),
    "Sequelize with a URL": (app("sequelize", "pg") | {"db.js": "const Sequelize = require('sequelize');\nexport default new Sequelize(process.env.DB || '" + PG_URL + "', { dialect: 'postgres' });\n"}, PG_URL),
    "Sequelize of its command": (app("sequelize", "mysql2") | {
        "config/config.json": json.dumps({"development": {"username": "u", "password": "p@ss", "database": "d", "host": "h", "port": 3307, "dialect": "mysql"}, "production": {"use_env_variable": "X", "dialect": "mysql"}}),
        "models/index.js": "'use strict';\nconst Sequelize = require('sequelize');\nconst env = process.env.NODE_ENV || 'development';\nconst config = require(__dirname + '/../config/config.json')[env];\nlet sequelize;\nif (config.use_env_variable) {\n  sequelize = new Sequelize(process.env[config.use_env_variable], config);\n} else {\n"
                           "  sequelize = new Sequelize(config.database, config.username, config.password, config);\n}\nfs.readdirSync(__dirname).filter(file => file.slice(-3) === '.js').forEach(file => { const model = require(path.join(__dirname, file))(sequelize); db[model.name] = model; });\nmodule.exports = db;\n"}, MY_URL),
    "Sequelize on SQLite": (app("sequelize", "sqlite3") | {"db.js": "const { Sequelize } = require('sequelize')\nconst sequelize = new Sequelize({ dialect: 'sqlite', storage: './data/app.sqlite' })\n"}, "sqlite:///data/app.sqlite"),
    "Knex": (app("knex", "pg") | {"db.js": "const knex = require('knex')({\n  client: 'pg',\n  connection: { " + PARTS + ", port: 5433 },\n});\n"}, PG_URL),
    "Knex of its knexfile": (app("knex", "mysql2") | {"knexfile.js": "module.exports = {\n  development: { client: 'mysql2', connection: { " + PARTS + ", port: 3307 } },\n  production: { client: 'mysql2', connection: process.env.X },\n};\n",
                                                     "db/index.js": "const knex = require('knex');\nconst config = require('../knexfile');\nmodule.exports = knex(config[process.env.NODE_ENV || 'development']);\n"}, MY_URL),
    "a knexfile that nothing else leads to": (app("knex", "pg") | {"knexfile.ts": "import type { Knex } from 'knex';\nconst config: { [key: string]: Knex.Config } = { development: { client: 'postgresql', connection: { " + PARTS + ", port: 5433 } } };\nexport default config;\n"}, PG_URL),
    "better-sqlite3": (app("better-sqlite3") | {"db.js": "import Database from 'better-sqlite3';\nconst db = new Database('app.db', { verbose: console.log });\n"}, "sqlite:///app.db"),
    "sqlite3, verbose": (app("sqlite3") | {"db.js": "const sqlite3 = require('sqlite3').verbose();\nconst db = new sqlite3.Database('./app.db', (err) => { if (err) throw err });\n"}, "sqlite:///app.db"),
    "drizzle": (app("drizzle-orm", "pg") | {"src/db.ts": "import { drizzle } from 'drizzle-orm/node-postgres';\nimport { Pool } from 'pg';\nconst pool = new Pool({ connectionString: '" + PG_URL + "' });\nexport const db = drizzle(pool, { schema });\n"}, PG_URL),
    "drizzle alone": (app("drizzle-orm", "pg") | {".env": f"DATABASE_ADDRESS={PG_URL}\n", "src/db.ts": "import 'dotenv/config';\nimport { drizzle } from 'drizzle-orm/node-postgres';\nexport const db = drizzle(process.env.DATABASE_ADDRESS!);\n"}, PG_URL),
    "postgres.js": (app("postgres") | {"db.js": "import postgres from 'postgres'\nexport const sql = postgres('postgres://u:p%40ss@h:5433/d', { max: 10 })\n"}, PG_URL),
    "pg-promise": (app("pg-promise") | {"db.js": "const pgp = require('pg-promise')({ capSQL: true });\nmodule.exports = pgp('" + PG_URL + "');\n"}, PG_URL),
    "commented out": (PG | {"db.js": "const { Pool } = require('pg')\n// new Pool({ connectionString: 'postgresql://a:b@c/wrong' })\n/* new Pool({\n  connectionString: 'postgresql://a:b@c/wrong' }) */\nconst s = \"new Pool({ connectionString: 'postgresql://a:b@c/wrong' })\"\nnew Pool({ connectionString: '" + PG_URL + "' })\n"}, PG_URL),
    "regular expressions with quotation marks": (PG | {"db.js": "const { Pool } = require('pg')\nconst clean = s => s.replace(/[/'\"`]/g, '').split(/\\//)[0] / 2 / 1\nif (/^a'/.test(x)) y()\nconst pool = new Pool({ connectionString: '" + PG_URL + "' })\n"}, PG_URL),
    "a path from the file's folder": (app("better-sqlite3") | {"src/db.js": "const path = require('path');\nconst Database = require('better-sqlite3');\nmodule.exports = new Database(path.join(__dirname, '..', 'data.db'));\n"}, "sqlite:///{folder}/data.db"),
    "a path from the module's URL": (app("sqlite3") | {"src/db.mjs": "import sqlite3 from 'sqlite3';\nimport path, { dirname } from 'node:path';\nimport { fileURLToPath } from 'url';\nconst __filename = fileURLToPath(import.meta.url);\nconst __dirname = dirname(__filename);\nexport default new sqlite3.Database(path.resolve(__dirname, '../data.db'));\n"}, "sqlite:///{folder}/data.db"),
    "a field that is given later": (PG | {"config.js": "const config = { url: 'postgresql://a:b@c/wrong', x: {} };\nconfig.url = '" + PG_URL + "';\nmodule.exports = config;\n", "db.js": "const { url } = require('./config')\nconst { Pool } = require('pg')\nmodule.exports = new Pool({ connectionString: url })\n"}, PG_URL),
    "fields that are put over others": (PG | {"db.js": "const { Pool } = require('pg')\nconst usual = { connectionString: 'postgresql://a:b@c/wrong', max: 5 }\nmodule.exports = new Pool(Object.assign({}, usual, { connectionString: '" + PG_URL + "' }))\n"}, PG_URL),
    "a name of an inner block": (PG | {"db.js": "const { Pool } = require('pg')\nconst url = '" + PG_URL + "'\nif (process.argv.length > 2) {\n  const url = 'postgresql://a:b@c/wrong'\n  console.log(url)\n}\nmodule.exports = new Pool({ connectionString: url })\n"}, PG_URL),
}


@pytest.mark.parametrize("case", DATABASES)
def test_the_database_is_what_the_driver_is_made_with(case, tmp_path):
    files, url = DATABASES[case]
    told = read(tmp_path, files)
    assert of(told, "database_url") == (url.format(folder=tmp_path),), told
    assert not [guess for guess in told["guesses"] if guess["what"] == "database_url"]


UNKNOWN = {
    "a variable that is in no .env": (PG | {"db.js": "const { Pool } = require('pg')\n\nmodule.exports = new Pool({ connectionString: process.env.SOMETHING })\n"}, "db.js:3", "SOMETHING"),
    "a condition of another machine": (PG | {"db.js": "const { Pool } = require('pg')\nlet url = 'postgresql://u@h/a'\nif (process.env.WHERE === 'prod') url = 'postgresql://u@h/b'\nnew Pool({ connectionString: url })\n"}, "db.js:3", "condition"),
    "what a switch chooses": (PG | {"db.js": "const { Pool } = require('pg')\nlet url\nswitch (kind()) {\n  case 'a': url = 'postgresql://u@h/a'; break\n  default: url = 'postgresql://u@h/b'\n}\nnew Pool({ connectionString: url })\n"}, "db.js", "loop"),
    "a function that gives a name another value": (PG | {"db.js": "const { Pool } = require('pg')\nlet url = 'postgresql://u@h/a'\nfunction init() { url = readUrl() }\nmodule.exports = () => new Pool({ connectionString: url })\n"}, "db.js", "function changes it"),
    "a function that changes a field": (PG | {"db.js": "const { Pool } = require('pg')\nconst config = { url: 'postgresql://u@h/a' }\nexports.init = () => { config.url = readUrl() }\nmodule.exports = () => new Pool({ connectionString: config.url })\n"}, "db.js", "function changes it"),
    "a part that is nothing": (PG | {"db.js": "const { Pool } = require('pg')\nconst config = { host: 'h' }\nnew Pool({ connectionString: `postgresql://u@${config.host}/${config.database}` })\n"}, "db.js:3", "nothing"),
    "a function that has to be run": (MYSQL | {"db.js": "const mysql = require('mysql2')\nmysql.createPool({ host: 'h', user: 'u', password: readSecret('x'), database: 'd' })\n"}, "db.js:2", "readSecret"),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_cannot_be_worked_out_is_told_with_its_line(case, tmp_path):
    files, where, word = UNKNOWN[case]
    told = read(tmp_path, files)
    assert of(told, "database_url") == (None,)
    assert any(one["where"].startswith(where) and word in one["why"] and one["why"].startswith("database_url") for one in told["not_found"]), told


def test_of_two_databases_one_is_a_guess(tmp_path):
    told = read(tmp_path, PG | {"a.js": "const { Pool } = require('pg')\nnew Pool({ connectionString: 'postgresql://u@h/a' })\n", "b.js": "const { Pool } = require('pg')\nnew Pool({ connectionString: 'postgresql://u@h/b' })\n"})
    guess, = [guess for guess in told["guesses"] if guess["what"] == "database_url"]
    assert "a.js:2" in guess["says"] and "b.js:2" in guess["says"]


def test_mongoose_is_told_as_another_database(tmp_path):
    told = read(tmp_path, app("express", "mongoose", "jsonwebtoken") | {"db.js": "const mongoose = require('mongoose');\nmongoose.connect(process.env.MONGO_URI || 'mongodb://localhost:27017/app');\n"})
    assert of(told, "other_database", "database_url") == ("MongoDB", None)


@pytest.mark.parametrize("place", ["tests/db.js", "src/db.test.js", "src/db.spec.ts", "__tests__/db.js", "node_modules/x/db.js", "dist/db.js", "build/db.js", "public/db.js", "src/db.min.js", "src/Db.jsx"])
def test_what_is_no_code_of_the_server_is_not_read(place, tmp_path):
    told = read(tmp_path, PG | {place: "const { Pool } = require('pg')\nnew Pool({ connectionString: 'postgresql://u@h/wrong' })\nconst t = jwt.sign({ sub: user.id }, 'a-secret-of-a-test')\n"})
    assert not told["found"], told


def test_a_page_of_react_beside_a_server_is_not_read(tmp_path):
    told = read(tmp_path, {"web/package.json": '{"dependencies": {"react": "18"}}', "web/src/api.ts": "export const secret = 'of-a-page-and-no-key-of-the-server';\n", "server/package.json": '{"dependencies": {"express": "4"}}', "server/keys.js": f"exports.secret = '{KEY}';\n",
                            "server/a.js": "const { secret } = require('./keys');\nconst jwt = require('jsonwebtoken');\njwt.sign({ sub: String(user.id) }, secret);\n"})
    assert told["found"]["secret_key"] == {"value": KEY, "where": "server/keys.js:1"} and not told["guesses"]


JWT = "const jwt = require('jsonwebtoken');\n"
NEST = app("@nestjs/core", "@nestjs/jwt", "@nestjs/config", "typeorm", "pg")
ENV = {".env": f"JWT_SECRET={KEY}\nJWT_EXPIRES_IN=2h\n"}

# name -> (files, secret_key, algorithm, expire_minutes, subject, claims, token_claims)
TOKENS = {
    "an id and no subject": (PG | ENV | {"a.js": JWT + "app.post('/login', async (req, res) => {\n  const token = jwt.sign({ id: user.id }, process.env.JWT_SECRET, { expiresIn: '1h' });\n  res.json({ token });\n});\n"}, (KEY, None, "60", "none", "id=*", "id")),
    "of a function that is called": (PG | ENV | {"utils/jwt.js": JWT + "const generateToken = (id, role) => jwt.sign({ userId: id, role }, process.env.JWT_SECRET, { expiresIn: process.env.JWT_EXPIRES_IN });\nmodule.exports = { generateToken };\n",
                                               "auth.js": "const { generateToken } = require('./utils/jwt');\nexports.login = async (req, res) => { const user = await find(); res.json({ token: generateToken(user.id, user.role) }); };\n"}, (KEY, None, "120", "none", "userId=*,role=*", "userId=id,role")),
    "the subject as an option": (PG | {"a.js": JWT + f"const SECRET = '{KEY}'\nconst login = user => jwt.sign({{ role: user.role }}, SECRET, {{ subject: String(user.id), expiresIn: 3600, algorithm: 'HS512' }})\n"}, (KEY, "HS512", "60", "id", "role=*", "role")),
    "a number in a text is milliseconds": (PG | {"a.js": JWT + f"const login = user => jwt.sign({{ sub: user.email }}, '{KEY}', {{ expiresIn: '3600000' }})\n"}, (KEY, None, "60", "email", None, None)),
    "an expiry of its own": (PG | {"a.js": JWT + f"const login = user => jwt.sign({{ sub: user.email, exp: Math.floor(Date.now() / 1000) + 60 * 30 }}, '{KEY}')\n"}, (KEY, None, "30", "email", None, None)),
    "what somebody typed": (PG | {"a.js": JWT + f"app.post('/login', (req, res) => {{\n  const {{ username }} = req.body\n  const accessToken = jwt.sign({{ sub: username }}, '{KEY}', {{ expiresIn: '15m' }})\n}})\n"}, (KEY, None, "15", "login", None, None)),
    "a payload by its name": (PG | ENV | {"a.ts": "import * as jwt from 'jsonwebtoken';\nimport type { JwtPayload } from './types';\nexport class AuthService {\n  private readonly secret: string = process.env.JWT_SECRET as string;\n  public async login(user: User): Promise<{ token: string }> {\n"
                                         "    const payload: JwtPayload = { sub: user.id.toString(), email: user.email, type: 'access' };\n    return { token: jwt.sign(payload, this.secret, { expiresIn: '7d' }) };\n  }\n}\n"}, (KEY, None, "10080", "id", "email=*,type=access", "email,type:access")),
    "access and refresh": (PG | {".env": f"ACCESS_TOKEN_SECRET={KEY}\nREFRESH_TOKEN_SECRET=another\n", "a.js": JWT + "const accessToken = (user) => jwt.sign({ sub: `${user.id}` }, process.env.ACCESS_TOKEN_SECRET, { expiresIn: '15m' });\n"
                                "const refreshToken = (user) => jwt.sign({ sub: `${user.id}` }, process.env.REFRESH_TOKEN_SECRET, { expiresIn: '30d' });\n"}, (KEY, None, "15", "id", None, None)),
    "a link by mail with the same key": (PG | ENV | {"a.js": JWT + "exports.forgotPassword = (user) => jwt.sign({ email: user.email }, process.env.JWT_SECRET, { expiresIn: '10m' })\nexports.login = (user) => jwt.sign({ id: user.id }, process.env.JWT_SECRET, { expiresIn: '1d' })\n"}, (KEY, None, "1440", "none", "id=*", "id")),
    "Nest's module": (NEST | ENV | {"src/auth/auth.module.ts": "import { JwtModule } from '@nestjs/jwt';\n@Module({ imports: [JwtModule.registerAsync({ inject: [ConfigService], useFactory: async (config: ConfigService) => ({ secret: config.get<string>('JWT_SECRET'), signOptions: { expiresIn: config.get('JWT_EXPIRES_IN') } }) })] })\nexport class AuthModule {}\n",
                                   "src/auth/auth.service.ts": "import { JwtService } from '@nestjs/jwt';\n@Injectable()\nexport class AuthService {\n  constructor(private readonly jwtService: JwtService, @InjectRepository(User) private users: Repository<User>) {}\n  async login(user: User) {\n"
                                                               "    const payload = { username: user.username, sub: user.id };\n    return { access_token: await this.jwtService.signAsync(payload) };\n  }\n}\n"}, (KEY, None, "120", "id", "username=*", "username")),
    "Nest's constants": (NEST | {"src/constants.ts": f"export const jwtConstants = {{\n  secret: '{KEY}',\n}};\n", "src/auth.module.ts": "import { JwtModule } from '@nestjs/jwt';\nimport { jwtConstants } from './constants';\n@Module({ imports: [JwtModule.register({ global: true, secret: jwtConstants.secret, signOptions: { expiresIn: '60s' } })] })\nexport class A {}\n",
                                 "src/auth.service.ts": "export class AuthService {\n  constructor(private jwtService: JwtService) {}\n  signIn(user) { return this.jwtService.sign({ sub: user.userId, username: user.username }); }\n}\n"}, (KEY, None, "1", "userId", "username=*", "username")),
    "jose": (app("next", "jose") | ENV | {"lib/session.ts": "import { SignJWT, jwtVerify } from 'jose'\nconst key = new TextEncoder().encode(process.env.JWT_SECRET)\nexport async function createSession(user: { id: string }) {\n  return await new SignJWT({ role: user.role })\n    .setProtectedHeader({ alg: 'HS384' })\n    .setSubject(user.id)\n    .setIssuedAt()\n"
                                         "    .setExpirationTime('2 hours')\n    .sign(key)\n}\n"}, (KEY, "HS384", "120", "id", "role=*", "role")),
    "passport-jwt alone": (app("passport-jwt", "pg") | ENV | {"passport.js": "const { Strategy, ExtractJwt } = require('passport-jwt')\nconst opts = {}\nopts.jwtFromRequest = ExtractJwt.fromAuthHeaderAsBearerToken()\nopts.secretOrKey = process.env.JWT_SECRET\nmodule.exports = p => p.use(new Strategy(opts, async (payload, done) => done(null, false)))\n"}, (KEY, None, "120", None, None, None)),
    "in a callback": (PG | ENV | {"a.js": JWT + "router.post('/login', (req, res) => {\n  const secret = process.env.JWT_SECRET\n  db.query('SELECT 1', (err, rows) => {\n    const user = rows[0]\n    const payload = { id: user.id, admin: user.is_admin }\n    bcrypt.compare(req.body.password, user.password, (err, ok) => {\n"
                                 "      jwt.sign(payload, secret, { expiresIn: '1h' }, (err, token) => res.json({ token }))\n    })\n  })\n})\n"}, (KEY, None, "60", "none", "id=*,admin=*", "id,admin=is_admin")),
    "options by a name of another file": (PG | {"config.js": f"module.exports = {{ jwtSecret: '{KEY}', jwtOptions: {{ expiresIn: '12h', algorithm: 'HS256' }} }}\n", "a.js": "const config = require('./config')\n" + JWT + "const login = (user) => jwt.sign({ sub: user.username }, config.jwtSecret, config.jwtOptions)\n"}, (KEY, "HS256", "720", "username", None, None)),
    "in base64": (PG | {"a.js": JWT + "const login = (user) => jwt.sign({ sub: user.username }, Buffer.from('dGhlLWFwcGxpY2F0aW9ucy1vd24tc2VjcmV0LW9mLW1hbnktY2hhcmFjdGVycw==', 'base64'), { expiresIn: '1 day' })\n"}, (KEY, None, "1440", "username", None, None)),
    "a validated environment": (PG | ENV | {"env.ts": "import { z } from 'zod';\nconst schema = z.object({ JWT_SECRET: z.string().min(10) });\nexport const env = schema.parse(process.env);\n", "a.ts": "import jwt from 'jsonwebtoken';\nimport { env } from './env';\nexport const login = (user: User) => jwt.sign({ sub: user.username }, env.JWT_SECRET, { expiresIn: '1h' });\n"}, (KEY, None, "60", "username", None, None)),
    "a claim of another table": (PG | ENV | {"a.js": JWT + "exports.login = (user, company) => jwt.sign({ id: user.id, companyId: company.id }, process.env.JWT_SECRET, { expiresIn: '1h' })\n"}, (KEY, None, "60", "none", "id=*,companyId=*", "id")),
    "a user within": (PG | ENV | {"a.js": JWT + "exports.login = (user) => jwt.sign({ user: { id: user.id } }, process.env.JWT_SECRET, { expiresIn: '1h' })\n"}, (KEY, None, "60", "none", "user=*", None)),
}


@pytest.mark.parametrize("case", TOKENS)
def test_the_key_and_what_tokens_say_are_those_of_what_signs_them(case, tmp_path):
    files, expected = TOKENS[case]
    told = read(tmp_path, files)
    assert of(told, "secret_key", "algorithm", "expire_minutes", "subject", "claims", "token_claims") == expected, told
    assert not [guess for guess in told["guesses"] if guess["what"] in ("secret_key", "subject")], told


def test_a_user_within_a_claim_is_told_as_nothing_that_keyhold_makes(tmp_path):
    told = read(tmp_path, TOKENS["a user within"][0])
    assert any(one["where"] == "a.js:2" and "the claim user" in one["why"] for one in told["not_found"])


def test_tokens_that_never_end_are_told(tmp_path):
    told = read(tmp_path, PG | ENV | {"a.js": JWT + "const login = (user) => jwt.sign({ sub: user.username }, process.env.JWT_SECRET)\n"})
    assert any(one["where"] == "a.js:2" and "`exp`" in one["why"] for one in told["not_found"]), told


def test_a_key_pair_is_not_shared(tmp_path):
    told = read(tmp_path, PG | ENV | {"a.js": JWT + "const key = fs.readFileSync('private.pem')\nconst login = (user) => jwt.sign({ sub: user.id }, key, { algorithm: 'RS256', expiresIn: '1h' })\n"})
    assert of(told, "secret_key", "subject") == (None, None)
    assert any("signs by RS256" in one["why"] for one in told["not_found"])


def test_a_key_that_is_made_anew_is_not_replaced_by_another(tmp_path):
    told = read(tmp_path, PG | ENV | {"a.js": JWT + "const key = require('crypto').randomBytes(64).toString('hex')\nconst login = (user) => jwt.sign({ sub: user.id }, key)\n"})
    assert of(told, "secret_key") == (None,) and any("made anew at each start" in one["why"] for one in told["not_found"])


def test_two_keys_are_a_guess(tmp_path):
    told = read(tmp_path, PG | {"a.js": JWT + "const login = (user) => jwt.sign({ sub: user.id }, 'a-secret-of-the-one')\n", "b.js": JWT + "const signIn = (user) => jwt.sign({ sub: user.id }, 'a-secret-of-the-other')\n"})
    assert any(guess["what"] == "secret_key" and "b.js:2" in guess["says"] for guess in told["guesses"])


def test_the_secret_of_sessions_is_no_key(tmp_path):
    told = read(tmp_path, app("express", "express-session", "pg") | {".env": "SECRET=of-the-sessions-alone\n", "a.js": "const session = require('express-session');\nconst secret = process.env.SECRET;\napp.use(session({ secret, resave: false }));\n"})
    assert of(told, "secret_key", "subject") == (None, None)


def test_an_issuer_that_is_asked_for_is_a_guess(tmp_path):
    told = read(tmp_path, PG | ENV | {"a.js": JWT + "const login = (user) => jwt.sign({ sub: user.username }, process.env.JWT_SECRET, { issuer: 'my-api' })\nconst who = (token) => jwt.verify(token, process.env.JWT_SECRET, { issuer: 'my-api' })\n"})
    assert any(guess["what"] == "issuer" and "--issuer my-api" in guess["says"] for guess in told["guesses"])


def test_of_a_whole_user_that_is_signed_nobody_knows_whom_it_names(tmp_path):
    told = read(tmp_path, PG | ENV | {"a.js": JWT + "const login = (user) => jwt.sign(user.toJSON(), process.env.JWT_SECRET, { expiresIn: '1h' })\n"})
    assert of(told, "secret_key", "subject", "token_claims") == (KEY, None, None), told


@pytest.mark.parametrize(("text", "where"), [
    ("import { hash } from 'bcrypt';\nconst h = await hash(password, 10);\n", None),
    ("import { hash } from 'bcrypt';\nconst h = await hash(password + process.env.PEP, 10);\n", "a.ts:2"),
    ("import bcrypt from 'bcryptjs';\nimport { createHash } from 'crypto';\nconst prepare = (p: string) => createHash('sha256').update(p).digest('hex');\nexport const check = (p: string, h: string) => bcrypt.compareSync(prepare(p), h);\n", "a.ts:4"),
    ("import bcrypt from 'bcryptjs';\nexport class Users {\n  async create(dto: Dto) {\n    const salted = `${dto.password}${this.salt}`;\n    return bcrypt.hash(salted, await bcrypt.genSalt(10));\n  }\n}\n", "a.ts:5"),
    ("import * as argon2 from 'argon2';\nexport const ok = (user: User, password: string) => argon2.verify(user.hash, password);\n", None),
    ("import bcrypt from 'bcryptjs';\nuserSchema.pre('save', async function (next) { this.password = await bcrypt.hash(this.password, 12); next(); });\nconst total = price + tax;\n", None),
])
def test_what_is_done_to_a_password_before_it_is_hashed_is_a_guess(text, where, tmp_path):
    guesses = [guess["where"] for guess in read(tmp_path, PG | {"a.ts": text})["guesses"] if guess["what"] == "hashing"]
    assert guesses == ([where] if where else [])


@pytest.mark.parametrize(("text", "table"), [
    ("@Entity('people')\nexport class User {\n  @PrimaryGeneratedColumn() id: number;\n  @Column({ unique: true }) email: string;\n  @Column() password: string;\n}\n", "people"),
    ("@Entity({ name: 'app_users' })\nexport class UserEntity extends Base {\n  @Column({ select: false })\n  passwordHash!: string;\n}\n", "app_users"),
    ("@Entity()\nexport class User {\n  @Column() password: string;\n}\n", None),
    ("@Entity('posts')\nexport class Post {\n  @Column() title: string;\n}\n", None),
    ("export const usersTable = pgTable('members', { id: serial('id'), password: text('password').notNull() });\n", "members"),
    ("module.exports = (sequelize) => sequelize.define('User', { email: DataTypes.STRING, password: { type: DataTypes.STRING } }, { tableName: 'staff' });\n", "staff"),
    ("User.init({ password: DataTypes.STRING }, { sequelize, modelName: 'User', tableName: 'staff' });\n", "staff"),
    ("await db.query(`INSERT INTO \"members\" (name, password_hash) VALUES ($1, $2)`, [a, b]);\n", "members"),
    ("db.run('INSERT INTO logs (text) VALUES (?)', [a]);\n", None),
    ("db.run('INSERT INTO users (password) VALUES (?)', [a]);\ndb.run('INSERT INTO admins (password) VALUES (?)', [a]);\n", None),
])
def test_the_table_is_told_where_the_code_names_it(text, table, tmp_path):
    assert of(read(tmp_path, PG | {"a.ts": text}), "table") == (table,)


def test_what_is_inserted_by_hand_beside_models_names_no_table(tmp_path):
    files = app("sequelize", "pg") | {"a.js": "db.query('INSERT INTO admins (name, password) VALUES (?, ?)')\nmodule.exports = s => s.define('User', { password: DataTypes.STRING }, {})\n"}
    assert of(read(tmp_path, files), "table") == (None,)


@pytest.fixture(scope="module")
def parts():
    return module_of("node_files")


def tree_of(parts, text):
    return parts.ast.unparse(parts.NodeParser(parts.Tokenizer(text).read()).read())


@pytest.mark.parametrize(("text", "python"), [
    ("const a = 1\nconst b = a\n(function () {})()", "a = 1"), ("let a = b\n++c\nd = 'x'", "d = 'x'"), ("a = `x${`y${{ z: 1 }.z}`}}` + 'w'", "{'z': 1}.z"), ("const a = b < c ? d : e > f", "a = d if b < c else e > f"),
    ("const f = <T,>(x: Map<string, T[]>): x is Y => x as unknown as Z<T>", "return x"), ("const a = x!.y!['z']?.w ?? 'd'", "a = x.y['z'].w or 'd'"), ("type A = { b: 'c' } | D<E>\nconst f = 1", "f = 1"), ("interface A { b(c: string): void; d?: E }\nf = 1", "f = 1"),
    ("enum A { B = 'b' }\nf = 1", "f = 1"), ("const a = 4 / 2 / 1, r = /[/]\\/'/g", "a = 4 / 2 / 1"), ("a = '\\u0041\\x42\\u{43}\\\nD\\n'", "a = 'ABCD\\n'"), ("const { a, b: { c = 'd' }, ...e } = f", "c = f.b.c or 'd'"),
    ("const a = <div>it's {b}</div>\nconst c = 'd'", "c = 'd'"), ("label: for (const a of b) continue label\nc = 1", "c = 1"), ("abstract class A<T> extends B<T> implements C { declare x: string; constructor(private y: D) { super() } static z = 'w' }", "z = 'w'"),
    ("f = async ({ a, b }, ...c) => { return a }", "a = given0.a"), ("export = { a: 1 }", "{'a': 1}"), ("if (a) b = 1\nelse c = 2", "if a:"), ("a = b => ({ c: b })", "return {'c': b}"), ("a = 0x1F + 1_000", "31 + 1000"),
])
def test_a_line_is_what_it_means_in_javascript(text, python, parts):
    assert python in tree_of(parts, text), tree_of(parts, text)


HOSTILE = ["(" * 50_000, "[" * 50_000, "{a:" * 30_000, "`${" * 30_000, "/[" * 50_000, "'" * 60_000, "a<" * 50_000, "a?" * 50_000, "x=>" * 50_000, "((a)=>" * 20_000, "if(a)" * 30_000, "a.b" * 40_000, "+a" * 60_000, "!" * 100_000, "new " * 40_000, "@" * 90_000, "/*" * 50_000, "class A{" * 15_000,
           "else if(a){}" * 12_000, "(a):b" * 30_000, "f(" * 60_000 + ")" * 60_000, "function(" * 15_000, "\\" * 90_000, "\x00\xff\u2028" * 30_000, "a=" * 60_000, "const [" * 20_000, "await " * 20_000, "case 1:" * 20_000, "<" * 90_000, "\n/a" * 50_000, "import " * 20_000, "export " * 20_000, "x;{" * 40_000]


@pytest.mark.parametrize("line", [0, 1])
def test_what_is_written_to_be_read_for_ever_is_passed_over(line, parts, tmp_path):
    for text in HOSTILE:
        text = text[:30_000]
        text = text if line else "\n".join(text[at:at + 4000] for at in range(0, len(text), 4000))
        begin = time.monotonic()
        try:
            tree = parts.NodeParser(parts.Tokenizer(text).read()).read()
            parts.NodeModule("/x.js", "x.js", tree)
        except (parts.NotRead, RecursionError):
            pass
        assert time.monotonic() - begin < 10, text[:20]


def test_files_of_any_bytes_end_and_the_others_are_read(tmp_path):
    for number, text in enumerate(HOSTILE):
        (tmp_path / f"h{number}.js").write_text("\n".join(text[at:at + 4000] for at in range(0, min(len(text), 8000), 4000)), errors="replace")
    (tmp_path / "bytes.js").write_bytes(bytes(range(256)) * 100)
    told = read(tmp_path, PG | {"db.js": "const { Pool } = require('pg')\nnew Pool({ connectionString: '" + PG_URL + "' })\n"})
    assert of(told, "database_url") == (PG_URL,)
