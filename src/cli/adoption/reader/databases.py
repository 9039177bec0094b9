# SPDX-License-Identifier: Apache-2.0
# Where an application's database is: what its engine is made with, before what is only called like it.
import ast
import configparser
import json
import os
import re
from urllib.parse import parse_qsl, quote, urlencode

DATABASE = re.compile(r"^(\w+_)?(database|db|sqlalch\w*|postgres|postgresql|pg|mysql|mariadb|sqlite)_*(\w+_+)?(url|uri|dsn|conn_str|connection_string)$|^(dsn|database)$", re.I)
PARTS = [("postgresql", ("POSTGRES", "PG", "POSTGRESQL")), ("mysql", ("MYSQL", "MARIADB")), ("", ("DB", "DATABASE"))]
ENGINES = ("create_engine", "create_async_engine", "Database", "register_tortoise", "RegisterTortoise", "init", "connect", "create_pool", "SqliteDatabase", "PostgresqlDatabase", "MySQLDatabase")
# The libraries whose connect() is meant, by the text before it.
DRIVERS = {"psycopg2": "postgresql", "psycopg": "postgresql", "asyncpg": "postgresql", "sqlite3": "sqlite", "aiosqlite": "sqlite", "mysql": "mysql", "pymysql": "mysql", "MySQLdb": "mysql", "aiomysql": "mysql", "mariadb": "mysql"}
OTHER_KINDS = {"mongodb": "MongoDB", "mssql": "SQL Server", "sqlserver": "SQL Server", "oracle": "Oracle"}
OTHER_LIBRARIES = {**dict.fromkeys(("mongoengine", "flask_mongoengine", "pymongo", "flask_pymongo", "motor", "beanie", "odmantic", "djongo", "mongoose", "mongodb"), "MongoDB"), "cassandra": "Cassandra", "pynamodb": "DynamoDB", "pyodbc": "SQL Server", "mssql": "SQL Server", "oracledb": "Oracle", "cx_Oracle": "Oracle"}
# Stands where an application's own engine is made.
OF_THE_APPLICATION = re.compile(r"sessionmaker|declarative_base|DeclarativeBase|SessionLocal|scoped_session|create_all|\bget_db\b|\bget_session\b")


def usable_url(value):
    return isinstance(value, str) and bool(re.match(r"^(sqlite|postgres|mysql|mariadb|asyncpg|file:)", value)) and not re.search(r"^sqlite(\+\w+)?:(//)?$|:memory:|mode=memory", value)


def same_place(url):
    """Without the driver, as two engines may share a database."""
    return re.sub(r"^(\w+?)(ql)?\+\w+:", r"\1\2:", for_keyhold(url))


class DatabaseFinder:
    """The part of Finder (find.py) that is about the database."""
    def find_database(self):
        self.from_engines()
        self.from_flask_mysql()
        self.from_django()
        self.from_prisma()
        self.from_node_configs()
        self.by_name("database_url", DATABASE, usable=usable_url)
        self.from_tortoise()
        self.from_files()
        self.from_sequelize()
        self.from_parts()
        self.from_container()
        if "database_url" not in self.found:
            self.find_other_kind()
        if "database_url" in self.found:
            value, where = self.found["database_url"]
            if self.engine_unknown and not self.engine_found:
                place, why = self.engine_unknown[0]
                self.guess("database_url", f"What the engine is made with at {place} was not understood ({why}): the database of {where} is taken. --database-url says otherwise", where)
            self.found["database_url"] = (self.placed(for_keyhold(value), where), where)
            self.reach_container()

    def from_engines(self):
        """All that are made, the application's own first; several are a guess."""
        found, self.engine_unknown = [], []
        of_python = [one for one in self.evaluator.calls(*ENGINES) if not one[0].is_node]
        for module, node in [*of_python, *self.node_engines()]:
            is_node = module.is_node
            given = node if is_node else self.given_to_engine(module, node)
            if given is None or re.search(r"alembic|migrations", module.name):
                continue
            self.evaluator.sources = []
            try:
                if is_node and (given := self.node_engine(module, node)) is None:
                    continue
                value = given if isinstance(given, str) else self.evaluator.value(given, module, self.around(given, module))
                if usable_url(value):
                    self.engine_places.append(f"{module.name}:{node.lineno}")
                    where = f"{module.name}:{node.lineno}" if isinstance(given, str) else self.source_of(value) or self.where_of(given, module)
                    found.append((not OF_THE_APPLICATION.search(self.texts[module.name][1]), value, where))
            except Unknown as unknown:
                place = unknown.where or f"{module.name}:{node.lineno}"
                self.engine_unknown.append((place, unknown.why))
                self.not_found.append((place, f"database_url: {unknown.why}"))
        for module, name, node in self.config_items():
            if name == "SQLALCHEMY_DATABASE_URI":
                self.engine_places.append(f"{module.name}:{node.lineno}")
                self.try_value("database_url", node, module, usable_url)
        if "database_url" in self.found:
            found.insert(0, (False, *self.found["database_url"]))
        self.engine_found = bool(found)
        if not found:
            return
        found.sort(key=lambda one: one[0])
        _, value, where = found[0]
        self.note("database_url", value, where)
        others = list(dict.fromkeys(place for _, other, place in found if same_place(other) != same_place(value)))
        if others:
            self.guess("database_url", f"Several databases are opened: that of {where} is taken, and not that of {', '.join(others)}. --database-url says otherwise", where)
        elif self.engine_unknown and not found[0][0]:
            pass
        elif self.engine_unknown:
            self.guess("database_url", f"The database of {where} is taken; what is opened at {self.engine_unknown[0][0]} was not understood ({self.engine_unknown[0][1]})", where)

    def given_to_engine(self, module, node):
        """The URL that is meant, as an expression or a text; nothing for what is no engine."""
        words = {word.arg: word.value for word in node.keywords}
        called = ast.unparse(node.func)
        first = node.args[0] if node.args else None
        last = called.rsplit(".", 1)[-1]
        if last in ("register_tortoise", "RegisterTortoise") or called.endswith("Tortoise.init"):
            return self.given_to_tortoise(words.get("db_url"), words.get("config") or (first if last == "init" else None), module, node)
        if last in ("create_engine", "create_async_engine", "Database"):
            return words.get("url") or first
        library = called.split(".")[0]
        if library not in DRIVERS and last in ("connect", "create_pool"):
            library = module.imports.get(library, ("", "", ""))[1].split(".")[0]
        kind = {"SqliteDatabase": "sqlite", "PostgresqlDatabase": "postgresql", "MySQLDatabase": "mysql"}.get(last) or DRIVERS.get(library)
        if kind is None:
            return None
        return self.connection(kind, first, words, module, node)

    def connection(self, kind, first, words, module, node):
        def part(*names):
            given = next((words[name] for name in names if name in words), None)
            if given is None:
                return None
            return self.evaluator.value(given, module, self.around(given, module))
        try:
            if kind == "sqlite":
                name = part("database") if first is None else self.evaluator.value(first, module, self.around(first, module))
                return f"sqlite:///{name}" if isinstance(name, str) and name not in ("", ":memory:") and not name.startswith("file:") else None
            text = self.evaluator.value(first, module, self.around(first, module)) if first is not None else part("dsn", "conninfo")
            if isinstance(text, str) and "://" in text:
                return text
            if isinstance(text, str) and "=" in text:
                pairs = dict(one.split("=", 1) for one in text.split() if "=" in one)
                return self.url(kind, pairs.get("user"), pairs.get("password"), pairs.get("host"), pairs.get("port"), pairs.get("dbname"))
            name = text if isinstance(text, str) else part("database", "dbname", "db")
            return self.url(kind, part("user", "username"), part("password", "passwd"), part("host"), part("port"), name) if name else None
        except Unknown as unknown:
            place = unknown.where or f"{module.name}:{node.lineno}"
            self.engine_unknown.append((place, unknown.why))
            self.not_found.append((place, f"database_url: {unknown.why}"))
            return None

    def from_django(self):
        for module in self.modules:
            if "DATABASES" not in module.names or "database_url" in self.found:
                continue
            self.evaluator.sources = []
            databases = self.evaluator.or_none(module.names["DATABASES"], module, {})
            one = (databases or {}).get("default") if isinstance(databases, dict) else None
            place = f"{module.name}:{module.names['DATABASES'].lineno}"
            if isinstance(one, str) and usable_url(one):  # django-environ's and dj-database-url's
                self.note("database_url", one, self.source_of(one) or place)
                continue
            unknown = next((part for part in one.values() if isinstance(part, Lost)), None) if isinstance(one, dict) else one
            if not isinstance(one, dict) or isinstance(unknown, Lost) and any(isinstance(one.get(name), Lost) for name in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")):
                self.engine_unknown.append((place, getattr(unknown, "why", "it has to be computed")))
                self.not_found.append((place, f"database_url: {getattr(unknown, 'why', 'it has to be computed')}"))
                continue
            kind = str(one.get("ENGINE") or "").rsplit(".", 1)[-1]
            if kind == "sqlite3" and one.get("NAME"):
                self.note("database_url", f"sqlite:///{one['NAME']}", f"{module.name}:{module.names['DATABASES'].lineno}")
            elif kind in ("postgresql", "postgresql_psycopg2", "mysql") and one.get("NAME"):
                url = self.url("mysql" if kind == "mysql" else "postgresql", one.get("USER"), one.get("PASSWORD"), one.get("HOST"), one.get("PORT"), one["NAME"])
                self.note("database_url", url, f"{module.name}:{module.names['DATABASES'].lineno}")

    def given_to_tortoise(self, url, config, module, node):
        """https://tortoise.github.io/setup.html#tortoise.Tortoise.init"""
        if url is not None or config is None:
            return url
        try:
            return self.of_tortoise(self.evaluator.value(config, module, self.around(config, module)))
        except Unknown as unknown:
            place = unknown.where or f"{module.name}:{node.lineno}"
            self.engine_unknown.append((place, unknown.why))
            self.not_found.append((place, f"database_url: {unknown.why}"))
            return None

    def of_tortoise(self, config):
        """The URL of the connection that its models have; a part that is not known is Unknown."""
        def known(value):
            return self.evaluator.unless_lost(value)
        connections = known(config["connections"])
        asked = {known(one).get("default_connection", "default") for one in known(config.get("apps") or {}).values() if isinstance(known(one), dict)}
        name = known(next(iter(asked))) if len(asked) == 1 else "default"
        one = known(connections[name] if name in connections else next(iter(connections.values())))
        if not isinstance(one, dict):
            return one
        parts = {name: known(value) for name, value in known(one["credentials"]).items() if name in ("file_path", "user", "password", "host", "port", "database")}
        if "file_path" in parts:
            return f"sqlite:///{parts['file_path']}"
        return self.url("mysql" if "mysql" in str(known(one.get("engine"))) else "postgresql", parts.get("user"), parts.get("password"), parts.get("host"), parts.get("port"), parts.get("database"))

    def from_tortoise(self):
        for module in self.modules:
            for name, node in module.names.items():
                if "database_url" not in self.found and isinstance(node, ast.Dict) and "connections" in [key.value for key in node.keys if isinstance(key, ast.Constant)]:
                    try:
                        self.note("database_url", self.of_tortoise(self.evaluator.value(node, module, {})), f"{module.name}:{node.lineno}")
                    except (AttributeError, KeyError, Unknown) as unknown:
                        self.not_found.append((f"{module.name}:{node.lineno}", f"database_url: {getattr(unknown, 'why', 'it has to be computed')}"))

    def from_files(self):
        for name, (_, text) in self.texts.items():
            if name.endswith("alembic.ini"):
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
                self.from_toml("database_url", DATABASE, name, text)

    def from_toml(self, what, pattern, name, text):
        """dynaconf's: tables are environments; [default] holds everywhere, and what the running one says comes before it."""
        try:
            import tomllib
            content = tomllib.loads(text)
        except (ImportError, ValueError):
            return
        running = self.env.all().get("ENV_FOR_DYNACONF", ("development",))[0].lower()
        tables = [(table, content[key]) for table in (running, "default") for key in content if key.lower() == table and isinstance(content[key], dict)]
        others = [(key, content[key]) for key in content if isinstance(content[key], dict) and key.lower() not in (running, "default", "global")] if tables else []
        found = None
        for table, entries in [*tables, ("", {key: one for key, one in content.items() if not isinstance(one, dict)}), *([] if tables else content.items())]:
            for key, one in entries.items() if isinstance(entries, dict) else []:
                for full, value in [(f"{key}_{inner}", text_) for inner, text_ in one.items()] if isinstance(one, dict) else [(key if table in (running, "default", "") else f"{table}_{key}", one)]:
                    if isinstance(value, str) and pattern.match(full) and not NO_SECRET.search(full) and (what != "database_url" or usable_url(value)):
                        found = found or (value, full.rsplit("_", 1)[-1] if isinstance(one, dict) else key, table)
        if not found or what in self.found:
            return
        value, key, table = found
        lines = text.splitlines()
        header = next((number for number, row in enumerate(lines) if row.strip().lower().startswith(f"[{table}")), 0) if table else 0
        line = next((number for number, row in enumerate(lines[header:], header + 1) if row.strip().lower().startswith(key.lower())), 1)
        self.note(what, value, f"{name}:{line}")
        differs = [other for other, entries in others if isinstance(entries.get(key, value), str) and entries.get(key, value) != value]
        if differs:
            self.guess(what, f"{name} says something else of {key} for {', '.join(differs)}: that of [{table}] is taken", f"{name}:{line}")

    def node_packages(self):
        """What package.json says of what a Node application is made of: name -> where."""
        found = {}
        for name, (_, text) in self.texts.items():
            if os.path.basename(name) == "package.json":
                try:
                    content = json.loads(text)
                except ValueError:
                    continue
                needed = content.get("dependencies") if isinstance(content, dict) else None
                for package in needed if isinstance(needed, dict) else {}:
                    line = next((number for number, row in enumerate(text.splitlines(), 1) if f'"{package}"' in row), 1)
                    found.setdefault(package, f"{name}:{line}")
        return found

    def from_sequelize(self):
        """Its command's config/config.json: an entry for each NODE_ENV."""
        if "sequelize" not in self.node_packages() or "database_url" in self.found:
            return
        for home in dict.fromkeys(os.path.dirname(where.rsplit(":", 1)[0]) for where in self.node_packages().values()):
            name = os.path.join(home, "config/config.json")
            try:
                with open(os.path.join(self.folder, name), encoding="utf-8") as file:
                    content = json.load(file)
                one = content.get(self.env.all().get("NODE_ENV", ("development",))[0])
            except (OSError, ValueError, AttributeError):
                continue
            if not isinstance(one, dict):
                continue
            kind = {"postgres": "postgresql", "mysql": "mysql", "mariadb": "mysql"}.get(str(one.get("dialect")))
            if one.get("use_env_variable"):
                value, where = self.env.all().get(one["use_env_variable"], (None, name))
                self.note("database_url", value, where)
            elif one.get("dialect") == "sqlite" and one.get("storage"):
                self.note("database_url", f"sqlite:///{one['storage']}", f"{name}:1")
            elif kind and one.get("database"):
                self.note("database_url", self.url(kind, one.get("username"), one.get("password"), one.get("host"), one.get("port"), one["database"]), f"{name}:1")

    def find_other_kind(self):
        """A database that is none of ours is told, as no flag leads to it."""
        for name, (_, text) in self.texts.items():
            found = re.search(r'^\s*provider\s*=\s*"(mongodb|sqlserver)"', text, re.M) if name.endswith(".prisma") else None
            if found:
                return self.note("other_database", {"mongodb": "MongoDB", "sqlserver": "SQL Server"}[found[1]], f"{name}:{text.count(chr(10), 0, found.start(1)) + 1}")
        for name, (value, where) in self.env.all().items():
            if found := re.match(r"(mongodb|mssql|sqlserver|oracle)(\+\w+)?:", value):
                return self.note("other_database", OTHER_KINDS[found[1]], where)
        for module in self.modules:
            for node in ast.walk(module.tree):
                names = [one.name for one in node.names] if isinstance(node, ast.Import) else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                for kind in filter(None, (OTHER_LIBRARIES.get(name.split(".")[0]) for name in names)):
                    return self.note("other_database", kind, f"{module.name}:{node.lineno}")
        for package, where in self.node_packages().items():
            if package in OTHER_LIBRARIES:
                return self.note("other_database", OTHER_LIBRARIES[package], where)
        return None

    def from_parts(self):
        """POSTGRES_HOST and the like, where nobody says how they are put together."""
        variables, packages = self.env.all(), self.node_packages()
        drivers = {kind for package, kind in (("pg", "postgresql"), ("mysql", "mysql"), ("mysql2", "mysql"), ("mariadb", "mysql")) if package in packages}
        for scheme, prefixes in PARTS:
            for prefix in prefixes:
                def part(*names):
                    return next((variables[f"{prefix}_{name}"][0] for name in names if variables.get(f"{prefix}_{name}", ("",))[0]), None)
                said = (part("CONNECTION", "DRIVER", "ENGINE", "TYPE", "DIALECT", "CLIENT") or "").lower()
                kind = scheme or {"pgsql": "postgresql", "postgres": "postgresql", "postgresql": "postgresql", "mysql": "mysql", "mariadb": "mysql"}.get(said, "")
                if not kind and not said and len(drivers) == 1:
                    kind = next(iter(drivers))  # the only one that a Node application has
                storage = next((variables[f"{prefix}_{name}"] for name in ("STORAGE", "FILE", "PATH", "FILENAME") if variables.get(f"{prefix}_{name}", ("",))[0]), None)
                if said in ("sqlite", "sqlite3", "better-sqlite3") and storage:
                    self.note("database_url", f"sqlite:///{storage[0]}", storage[1])
                database = part("DB", "DATABASE", "NAME", "DBNAME")
                if prefix == "DB" and "DB_CONNECTION" in variables and part("CONNECTION") == "sqlite":  # Laravel's
                    place = variables.get("DB_DATABASE", variables["DB_CONNECTION"])[1]
                    self.note("database_url", f"sqlite:///{database or os.path.join(os.path.dirname(place), 'database/database.sqlite')}", place)
                if kind and database and part("USER", "USERNAME"):
                    where = next(place for name, (_, place) in variables.items() if name.startswith(prefix + "_"))
                    self.note("database_url", self.url(kind, part("USER", "USERNAME"), part("PASSWORD", "PASS"), part("HOST", "SERVER", "HOSTNAME") or "localhost", part("PORT"), database), where)

    def url(self, scheme, user, password, host, port, database):
        person = quote(str(user or ""), safe="") + (f":{quote(str(password), safe='')}" if password else "")
        return f"{scheme}://{person + '@' if person else ''}{host or 'localhost'}{f':{port}' if port else ''}/{database}"


def for_keyhold(url):
    """The options of asyncpg, aiomysql and Prisma by the names that libpq and ours have."""
    url = re.sub(r"^file:", "sqlite:///", url)
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
