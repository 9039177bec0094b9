# SPDX-License-Identifier: Apache-2.0
# Prints as JSON what an application is configured with: its database, the key and the life of its tokens, by whom people
# are told apart. Run as `python3 -I -S - FOLDER`, behind dotenv.py and evaluate.py.
import ast
import configparser
import json
import os
import re
import sys
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

SKIPPED = {"venv", ".venv", "env", "node_modules", "site-packages", ".git", "__pycache__", "tests", "test", "build", "dist", ".tox", "vendor"}
MOST_FILES, LARGEST, DEEPEST = 2000, 1_000_000, 6
DATABASE = re.compile(r"^(\w+_)?(database|db|sqlalch\w*|postgres|postgresql|pg|mysql|mariadb|sqlite)_*(\w+_+)?(url|uri|dsn|conn_str|connection_string)$|^(dsn|database)$", re.I)
SECRET = re.compile(r"^(\w+_)?((jwt|auth|token|access_token|app)_*)?(secret|secret_key|jwt_key|signing_key)$|^secretkey$", re.I)
NO_SECRET = re.compile(r"refresh|reset|client|csrf|session|cookie|google|github|aws|stripe|webhook|verification|test|oauth|s3|superuser", re.I)
ALGORITHM = re.compile(r"^(\w+_)?(algorithm|alg)$", re.I)
LIFE = re.compile(r"^(?!.*refresh)(?!.*reset)(?!.*(email|verif|confirm))(\w+_)?(access_?)?token_(\w+_)?(expir\w*|lifetime|ttl|life)(_\w+)?$|^jwt_(\w+_)?(expir\w*|lifetime)(_\w+)?$", re.I)
PARTS = [("postgresql", ("POSTGRES", "PG", "POSTGRESQL")), ("mysql", ("MYSQL", "MARIADB")), ("", ("DB", "DATABASE"))]


def files_of(folder):
    found = []
    for place, folders, names in os.walk(folder):
        depth = os.path.relpath(place, folder).count(os.sep)
        folders[:] = sorted(name for name in folders if name not in SKIPPED and depth < DEEPEST)
        for name in sorted(names):
            path = os.path.join(place, name)
            wanted = name.endswith((".py", ".toml", ".prisma")) or name in (".env", "alembic.ini")
            if wanted and len(found) < MOST_FILES and os.path.isfile(path) and os.path.getsize(path) < LARGEST:
                found.append(path)
    return sorted(found, key=lambda path: (path.count(os.sep), path))


class Finder:
    def __init__(self, folder):
        self.folder, self.env, self.modules, self.found, self.not_found, self.notes = folder, {}, [], {}, [], []
        self.texts = {}
        for path in files_of(folder):
            self.texts[os.path.relpath(path, folder)] = (path, self.text_of(path))
        for name, (path, text) in self.texts.items():
            if name.endswith(".env"):
                self.read_env(name, text)
            elif name.endswith(".py"):
                self.read_python(name, path)
        self.evaluator = Evaluator(self.modules, self.env)

    def text_of(self, path):
        try:
            with open(path, encoding="utf-8", errors="replace", newline="") as file:
                return file.read()
        except OSError:
            return ""

    def read_env(self, name, text):
        if text.startswith("\ufeff"):
            self.not_found.append((f"{name}:1", "the file begins with a byte order mark, which python-dotenv takes for a part of the first name"))
        for key, (value, line) in parse_dotenv(text).items():
            self.env.setdefault(key, (value, f"{name}:{line}"))

    def read_python(self, name, path):
        try:
            with open(path, "rb") as file:
                self.modules.append(Module(path, name, ast.parse(file.read())))
        except (SyntaxError, ValueError, RecursionError) as error:
            self.not_found.append((f"{name}:{getattr(error, 'lineno', None) or 1}", "it is no Python that this Python reads"))

    def note(self, what, value, where):
        if what not in self.found and value not in (None, ""):
            self.found[what] = (str(value), where)

    def try_value(self, what, node, module, usable=lambda value: True):
        """Whether it was found, or somebody is told why not."""
        if what in self.found:
            return
        try:
            value = self.evaluator.value(node, module, self.around(node, module))
            if usable(value):
                self.note(what, value, self.where_of(node, module))
        except Unknown as unknown:
            self.not_found.append((unknown.where or f"{module.name}:{node.lineno}", f"{what}: {unknown.why}"))

    def around(self, node, module):
        """What `self` is where it stands within a class, and what a function has given a name above it."""
        local = {}
        for outer in ast.walk(module.tree):
            if isinstance(outer, ast.ClassDef) and any(inner is node for inner in ast.walk(outer)):
                local["self"] = Settings(module, outer)
            if isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef)) and any(inner is node for inner in ast.walk(outer)):
                for inner in ast.walk(outer):
                    if isinstance(inner, ast.Assign) and isinstance(inner.targets[0], ast.Name) and not any(one is node for one in ast.walk(inner.value)):
                        local[inner.targets[0].id] = inner.value
        return local

    def where_of(self, node, module):
        """Where the value itself stands, if one name leads to it."""
        for _ in range(8):
            name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant) and ast.unparse(node.func).rsplit(".", 1)[-1] in ("getenv", "get", "config", "env"):
                name = node.args[0].value
            for known, (_, where) in self.env.items():
                if name and known.lower() == name.lower():
                    return where
            holder = next(((one, one.names[name]) for one in [module, *self.modules] if name in one.names), None)
            holder = holder or next(((one, field) for one in self.modules for made in one.classes.values()
                                     if (field := self.evaluator.fields(Settings(one, made)).get(name)) is not None), None)
            if not name or not holder or holder[1] is node:
                break
            module, node = holder
        return f"{module.name}:{node.lineno}"

    def calls(self, *names):
        for module in self.modules:
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] in names:
                    yield module, node

    def assignments(self, pattern):
        """(module, name, the expression), also of classes; tests and the like last."""
        for module in sorted(self.modules, key=lambda one: "alembic" in one.name or "migrations" in one.name):
            found = list(module.names.items())
            for made in module.classes.values():
                holder = Settings(module, made)
                found += [(name, ast.copy_location(ast.Attribute(ast.Name("self", ast.Load()), name, ast.Load()), node)) for name, node in self.evaluator.fields(holder).items()]
                found += [(item.target.id, ast.copy_location(ast.Attribute(ast.Name("self", ast.Load()), item.target.id, ast.Load()), item)) for item in made.body
                          if isinstance(item, ast.AnnAssign) and item.value is None and isinstance(item.target, ast.Name)]
                found += [(item.name, ast.copy_location(ast.Attribute(ast.Name("self", ast.Load()), item.name, ast.Load()), item)) for item in made.body if isinstance(item, ast.FunctionDef)]
            for name, node in found:
                if pattern.match(name) and "test" not in name.lower():
                    yield module, name, node

    def find_database(self):
        def usable(value):
            return isinstance(value, str) and re.match(r"^(sqlite|postgres|mysql|mariadb|asyncpg|file:)", value)
        for module, node in self.calls("create_engine", "create_async_engine", "Database", "register_tortoise", "init"):
            words = {word.arg: word.value for word in node.keywords}
            given = words.get("db_url") or words.get("url") or (node.args[0] if node.args else None)
            if "alembic" in module.name or given is None or ast.unparse(node.func).endswith("colorama.init"):
                continue
            self.try_value("database_url", given, module, usable)
        for module, name, node in self.assignments(DATABASE):
            self.try_class_value("database_url", module, name, node, usable)
        for name, (value, where) in self.env.items():
            if DATABASE.match(name) and usable(value) and "test" not in name.lower():
                self.note("database_url", value, where)
        self.from_django()
        self.from_tortoise()
        self.from_files()
        self.from_parts()

    def try_class_value(self, what, module, name, node, usable=lambda value: True):
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name) or node.value.id != "self":
            return self.try_value(what, node, module, usable)
        for made in module.classes.values():
            holder = Settings(module, made)
            if what in self.found:
                return None
            if not any(getattr(item, "name", None) == name or any(isinstance(target, ast.Name) and target.id == name for target in getattr(item, "targets", [getattr(item, "target", None)])) for item in made.body):
                continue
            try:
                value = self.evaluator.field(holder, name)
                if usable(value):
                    self.note(what, value, self.where_of(node, module))
            except Unknown as unknown:
                self.not_found.append((unknown.where or f"{module.name}:{node.lineno}", f"{what}: {unknown.why}"))
        return None

    def from_django(self):
        for module in self.modules:
            if "DATABASES" not in module.names or "database_url" in self.found:
                continue
            databases = self.evaluator.or_none(module.names["DATABASES"], module, {})
            one = (databases or {}).get("default") or {}
            kind = str(one.get("ENGINE") or "").rsplit(".", 1)[-1]
            if kind == "sqlite3" and one.get("NAME"):
                self.note("database_url", f"sqlite:///{one['NAME']}", f"{module.name}:{module.names['DATABASES'].lineno}")
            elif kind in ("postgresql", "postgresql_psycopg2", "mysql") and one.get("NAME"):
                url = self.url("mysql" if kind == "mysql" else "postgresql", one.get("USER"), one.get("PASSWORD"), one.get("HOST"), one.get("PORT"), one["NAME"])
                self.note("database_url", url, f"{module.name}:{module.names['DATABASES'].lineno}")

    def from_tortoise(self):
        for module in self.modules:
            for name, node in module.names.items():
                if not isinstance(node, ast.Dict) or "connections" not in [key.value for key in node.keys if isinstance(key, ast.Constant)]:
                    continue
                value = (self.evaluator.or_none(node, module, {}) or {}).get("connections") or {}
                one = value.get("default") or next(iter(value.values()), None)
                if isinstance(one, dict) and isinstance(parts := one.get("credentials"), dict):
                    if "file_path" in parts:
                        one = f"sqlite:///{parts['file_path']}"
                    else:
                        one = self.url("mysql" if "mysql" in str(one.get("engine")) else "postgresql", parts.get("user"), parts.get("password"), parts.get("host"), parts.get("port"), parts.get("database"))
                self.note("database_url", one, f"{module.name}:{node.lineno}")

    def from_files(self):
        for name, (path, text) in self.texts.items():
            if name.endswith(".prisma") and (found := re.search(r'^\s*url\s*=\s*(?:env\("([^"]+)"\)|"([^"]+)")', text, re.M)):
                value = self.env.get(found[1], (None,))[0] if found[1] else found[2]
                where = self.env[found[1]][1] if found[1] in self.env else f"{name}:{text.count(chr(10), 0, found.start()) + 1}"
                if value and value.startswith("file:"):
                    value = "sqlite:///" + os.path.normpath(os.path.join(os.path.dirname(path), value[5:].split("?")[0]))
                self.note("database_url", value, where)
            elif name.endswith("alembic.ini"):
                parser = configparser.ConfigParser(interpolation=None)
                try:
                    parser.read_string(text)
                    value = parser.get("alembic", "sqlalchemy.url", fallback="").replace("%%", "%")
                except configparser.Error:
                    continue
                if not value.startswith("driver:"):
                    line = next((number for number, one in enumerate(text.splitlines(), 1) if one.startswith("sqlalchemy.url")), 1)
                    self.note("database_url", value, f"{name}:{line}")
            elif name.endswith("toml") and os.path.basename(name) not in ("pyproject.toml", "keyhold.toml", "Cargo.toml"):
                self.from_toml(name, text)

    def from_toml(self, name, text):
        """dynaconf's: tables are environments; what stands in [default] or in none holds everywhere."""
        try:
            import tomllib
            content = tomllib.loads(text)
        except (ImportError, ValueError):
            return
        tables = [content, *[content[key] for key in ("default", "development", "production") if isinstance(content.get(key), dict)]]
        for table in tables:
            for key, value in table.items():
                pairs = [(f"{key}_{inner}", one) for inner, one in value.items()] if isinstance(value, dict) and table is not content else [(key, value)]
                for full, one in pairs:
                    line = next((number for number, row in enumerate(text.splitlines(), 1) if row.strip().lower().startswith(full.lower().rsplit("_", 1)[-1] if isinstance(value, dict) else full.lower())), 1)
                    for what, pattern in (("database_url", DATABASE), ("secret_key", SECRET), ("algorithm", ALGORITHM)):
                        if isinstance(one, str) and pattern.match(full) and not NO_SECRET.search(full):
                            self.note(what, one, f"{name}:{line}")

    def from_parts(self):
        """POSTGRES_HOST and the like, where nobody says how they are put together."""
        for scheme, prefixes in PARTS:
            for prefix in prefixes:
                def part(*names):
                    return next((self.env[f"{prefix}_{name}"][0] for name in names if self.env.get(f"{prefix}_{name}", ("",))[0]), None)
                kind = scheme or {"pgsql": "postgresql", "postgres": "postgresql", "postgresql": "postgresql", "mysql": "mysql", "mariadb": "mysql"}.get((part("CONNECTION", "DRIVER", "ENGINE", "TYPE") or "").lower(), "")
                database = part("DB", "DATABASE", "NAME", "DBNAME")
                if kind and database and part("USER", "USERNAME"):
                    where = next(place for name, (_, place) in self.env.items() if name.startswith(prefix + "_"))
                    self.note("database_url", self.url(kind, part("USER", "USERNAME"), part("PASSWORD", "PASS"), part("HOST", "SERVER", "HOSTNAME") or "localhost", part("PORT"), database), where)

    def url(self, scheme, user, password, host, port, database):
        person = quote(str(user or ""), safe="") + (f":{quote(str(password), safe='')}" if password else "")
        return f"{scheme}://{person + '@' if person else ''}{host or 'localhost'}{f':{port}' if port else ''}/{database}"

    def find_secret(self):
        for module, node in self.calls("encode"):
            if "jwt" not in ast.unparse(node.func).lower() and "jose" not in ast.unparse(node.func).lower():
                continue
            words = {word.arg: word.value for word in node.keywords}
            key = node.args[1] if len(node.args) > 1 else words.get("key")
            text = ast.unparse(node) + (ast.unparse(key) if key is not None else "")
            if key is None or NO_SECRET.search(ast.unparse(key)) or self.is_of_another_kind(module, node):
                continue
            self.try_value("secret_key", key, module, lambda value: isinstance(value, str))
            if (algorithm := words.get("algorithm") or (node.args[2] if len(node.args) > 2 else None)) is not None:
                self.try_value("algorithm", algorithm, module, lambda value: isinstance(value, str))
            del text
        for module, node in self.calls("JWTStrategy"):
            words = {word.arg: word.value for word in node.keywords}
            for what, given in (("secret_key", words.get("secret") or (node.args[0] if node.args else None)), ("algorithm", words.get("algorithm"))):
                if given is not None:
                    self.try_value(what, given, module, lambda value: isinstance(value, str))
            life = words.get("lifetime_seconds") or (node.args[1] if len(node.args) > 1 else None)
            if life is not None and isinstance(seconds := self.evaluator.or_none(life, module, {}), int):
                self.note("expire_minutes", max(1, seconds // 60), f"{module.name}:{life.lineno}")
            self.note("claims", "aud=fastapi-users:auth", f"{module.name}:{node.lineno}")
            self.note("subject", "id", f"{module.name}:{node.lineno}")
        for what, pattern in (("secret_key", SECRET), ("algorithm", ALGORITHM)):
            for module, name, node in self.assignments(pattern):
                if what != "secret_key" or not NO_SECRET.search(name):
                    self.try_class_value(what, module, name, node, lambda value: isinstance(value, str))
            for name, (value, where) in self.env.items():
                if pattern.match(name) and (what != "secret_key" or not NO_SECRET.search(name)):
                    self.note(what, value, where)

    def is_of_another_kind(self, module, node):
        """A function that makes refresh tokens or links by mail."""
        for outer in ast.walk(module.tree):
            if isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef)) and any(inner is node for inner in ast.walk(outer)):
                if re.search(r"refresh|reset|verif|confirm|invite|email", outer.name, re.I):
                    return True
        return False

    def find_life(self):
        for module, name, node in self.assignments(LIFE):
            self.try_life(name, lambda: self.life_of(module, name, node), lambda: self.where_of(node, module))
        for name, (value, where) in self.env.items():
            if LIFE.match(name) and re.fullmatch(r"\d+(\.\d+)?", value):
                self.try_life(name, lambda: float(value), lambda: where)

    def life_of(self, module, name, node):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            for made in module.classes.values():
                if name in self.evaluator.fields(Settings(module, made)) or any(isinstance(item, ast.AnnAssign) and getattr(item.target, "id", "") == name for item in made.body):
                    return self.evaluator.field(Settings(module, made), name)
        return self.evaluator.value(node, module, {})

    def try_life(self, name, value, where):
        if "expire_minutes" in self.found:
            return
        try:
            number = float(value())
        except (Unknown, TypeError, ValueError) as problem:
            place = getattr(problem, "where", "") or where()
            self.not_found.append((place, f"expire_minutes: {getattr(problem, 'why', 'it is no number')}"))
            return
        scale = next((scale for word, scale in (("second", 1 / 60), ("hour", 60), ("day", 1440), ("week", 10080), ("minute", 1)) if word in name.lower()), 1)
        if number * scale >= 1:
            self.note("expire_minutes", int(number * scale), where())

    def find_subject(self):
        """What `sub` is made of, and what else stands in an access token."""
        for module in self.modules:
            for node in ast.walk(module.tree):
                if not isinstance(node, ast.Dict) or "sub" not in [key.value for key in node.keys if isinstance(key, ast.Constant)] or self.is_of_another_kind(module, node):
                    continue
                pairs = {key.value: value for key, value in zip(node.keys, node.values) if isinstance(key, ast.Constant)}
                told = re.search(r"(?:\.|\[')(id|uuid|pk|email|username|user_name|name|login)\b", ast.unparse(pairs["sub"]))
                if told:
                    self.note("subject", {"uuid": "id", "pk": "id", "user_name": "username", "name": "username", "login": "username"}.get(told[1], told[1]), f"{module.name}:{node.lineno}")
                others = [f"{name}={one.value}" if name in ("type", "token_type") and isinstance(one, ast.Constant) else name for name, one in pairs.items() if name not in ("sub", "exp", "iat", "jti", "iss")]
                self.note("claims", ",".join(others), f"{module.name}:{node.lineno}")

    def run(self):
        self.find_database()
        self.find_secret()
        self.find_life()
        self.find_subject()
        if "database_url" in self.found:
            value, where = self.found["database_url"]
            self.found["database_url"] = (for_keyhold(value), where)
        missing = [(where, why) for where, why in self.not_found if why.split(":")[0] not in self.found]
        return {"found": {what: {"value": value, "where": where} for what, (value, where) in self.found.items()},
                "not_found": [{"where": where, "why": why} for where, why in dict.fromkeys(missing)]}


def for_keyhold(url):
    """The options of asyncpg, aiomysql and Prisma by the names that libpq and ours have."""
    url = re.sub(r"^sqlite(\+\w+)?://(?=[^/:])", "sqlite:///", re.sub(r"^(postgres|asyncpg|psycopg)(?=:|\+)", "postgresql", url))
    if url.startswith("sqlite") or "?" not in url:
        return url.split("?")[0] if url.startswith("sqlite") else url
    base, _, query = url.partition("?")
    options, passed_over = [], {"schema": None, "charset": None, "async_fallback": None, "connection_limit": None, "pool_timeout": None, "prepared_statement_cache_size": None, "serverVersion": None, "ssl_disabled": None}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name == "schema":
            options.append(("options", f"-csearch_path={value}"))
        elif name == "ssl" and base.startswith("postgresql"):
            options.append(("sslmode", {"true": "require", "1": "require", "false": "disable", "0": "disable"}.get(value.lower(), value)))
        elif name not in passed_over:
            options.append((name, value))
    return base + ("?" + urlencode(options, quote_via=quote) if options else "")


if __name__ == "__main__":
    print(json.dumps(Finder(sys.argv[1]).run()))
