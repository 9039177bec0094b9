# SPDX-License-Identifier: Apache-2.0
# What a Node application says of its database and of its users' table: by what its drivers and ORMs are made with.
import ast
import json
import os
import re

# (package, what is called): what is opened. None: what it is handed says it, as `type`, `dialect` or `client`.
NODE_ENGINES = {
    **{(package, called): "mysql" for package in ("mysql", "mysql2", "promise-mysql", "mariadb") for called in ("createConnection", "createPool")},
    **{("pg", called): "postgresql" for called in ("Pool", "Client", "native.Pool", "native.Client")}, ("pg-pool", ""): "postgresql", ("pg-promise", "()"): "postgresql", ("postgres", ""): "postgresql",
    ("better-sqlite3", ""): "sqlite", ("sqlite3", "Database"): "sqlite", ("sqlite3", "cached.Database"): "sqlite", ("sqlite", "open"): "sqlite", ("node:sqlite", "DatabaseSync"): "sqlite", ("bun:sqlite", "Database"): "sqlite", ("@libsql/client", "createClient"): "sqlite",
    ("typeorm", "DataSource"): None, ("typeorm", "createConnection"): None, ("typeorm", "createConnections"): None, ("@nestjs/typeorm", "TypeOrmModule.forRoot"): None, ("@nestjs/typeorm", "TypeOrmModule.forRootAsync"): None,
    ("sequelize", "Sequelize"): None, ("sequelize", ""): None, ("sequelize-typescript", "Sequelize"): None, ("@nestjs/sequelize", "SequelizeModule.forRoot"): None, ("@nestjs/sequelize", "SequelizeModule.forRootAsync"): None,
    ("knex", ""): None, ("knex", "knex"): None, **{("drizzle-orm", called): None for called in ("drizzle",)},
}
DRIZZLE = {"node-postgres": "postgresql", "postgres-js": "postgresql", "mysql2": "mysql", "better-sqlite3": "sqlite", "libsql": "sqlite"}
NODE_KINDS = {"postgres": "postgresql", "postgresql": "postgresql", "pg": "postgresql", "aurora-postgres": "postgresql", "mysql": "mysql", "mysql2": "mysql", "mariadb": "mysql", "sqlite": "sqlite", "sqlite3": "sqlite", "better-sqlite3": "sqlite", "libsql": "sqlite", "turso": "sqlite"}
NODE_CONFIGS = re.compile(r"(^|/)(knexfile|ormconfig|drizzle\.config|mikro-orm\.config|config/(config|database|db))\.[cm]?[jt]s$")
USERS_CLASS = re.compile(r"^(app)?(users?|accounts?|members?|people|persons?|customers?)(entity|model)?$", re.I)
PASSWORD_FIELD = re.compile(r"^(hashed_?|encrypted_?)?(password|passwd|pwd|passhash|senha|passwort|contrasena|clave)(_?hash(ed)?|_?digest)?$|^hash$", re.I)
# With one of them, the users are in a model's table, and what SQL is written by hand may be about others.
OF_MODELS = {"sequelize", "sequelize-typescript", "typeorm", "@prisma/client", "drizzle-orm", "objection", "bookshelf", "@mikro-orm/core", "mongoose"}
INSERTED = re.compile(r"\bINSERT\s+INTO\s+([`\"]?)(\w+)\1\s*\(([^)]*)\)", re.I)


class NodeReader:
    """The part of Finder (find.py) that is about Node's databases and tables."""
    def node_modules(self):
        return [module for module in self.modules if module.is_node]

    def node_calls(self):
        """(module, call, the package that it is of, what of it is called)."""
        if self.known_node_calls is None:
            self.known_node_calls = [(module, node, *found) for module in self.node_modules() for node in ast.walk(module.tree) if isinstance(node, ast.Call) and (found := self.package_of(node.func, module))]
        return self.known_node_calls

    def package_of(self, node, module, depth=0):
        """(package, what of it), as ("pg", "Pool"); nothing for what is the application's own."""
        steps = []
        while isinstance(node, (ast.Attribute, ast.Call)):
            if isinstance(node, ast.Call):
                if not (isinstance(node.func, ast.Attribute) and node.func.attr == "verbose"):
                    steps.append("()")
                    node = node.func
                else:
                    node = node.func.value
            else:
                steps.append(node.attr)
                node = node.value
        if not isinstance(node, ast.Name) or depth > 3:
            return None
        if node.id in module.imports:
            _, package, original = module.imports[node.id]
            if any(one.dotted == package for one in self.node_modules()):
                return None
            first = [] if original in ("default", "*") else [original]
            steps = [one for one in reversed(steps) if one not in ("default", "promises")]
            return "/".join(package.split("/")[:2 if package.startswith("@") else 1]) if package != "node:sqlite" else package, ".".join([*first, *steps])
        made = module.names.get(node.id)
        if isinstance(made, (ast.Attribute, ast.Call, ast.Name)) and (found := self.package_of(made, module, depth + 1)):
            return found[0], ".".join(filter(None, [found[1], *reversed(steps)]))
        return None

    def node_engines(self):
        return [(module, node) for module, node, package, called in self.node_calls() if (package, called) in NODE_ENGINES and self.is_run(node, module)]

    def is_run(self, node, module):
        """Not where a condition says otherwise."""
        inner = node
        for outer in module.around(node):
            if isinstance(outer, ast.If) and any(inner is one for one in [*outer.body, *outer.orelse]):
                try:
                    if bool(self.evaluator.truth(outer.test, module, self.around(outer.test, module))) != any(inner is one for one in outer.body):
                        return False
                except Unknown:
                    pass
            inner = outer
        return True

    def node_engine(self, module, node):
        """The URL of what a call opens; nothing where it says none. Raises Unknown."""
        package, called = self.package_of(node.func, module)
        kind, args, local = NODE_ENGINES[package, called], list(node.args), self.around(node, module)
        if called.endswith(("forRoot", "forRootAsync")) and args:
            args = args[-1:]  # before it a connection's name may stand
        if package == "drizzle-orm":
            kind = DRIZZLE.get(module.imports.get(ast.unparse(node.func), ("", ""))[1].rpartition("/")[2])
            if not args or isinstance(args[0], ast.Name) and self.evaluator.or_none(args[0], module, local) is None:
                return None  # a client, which is found where it is made
        if called.endswith("Async"):
            return self.url_of_factory(args[0], module) if args else None
        given = [self.evaluator.value(one, module, local) for one in args[:1]]
        if len(args) > 1 and package in ("sequelize", "sequelize-typescript"):
            given += [self.evaluator.held(one, module, local) for one in args[1:4]]
        return self.node_url(kind, given, node)

    def url_of_factory(self, given, module):
        """`useFactory: () => ({ ... })` and `useClass`."""
        node, scope = self.made_by_factory(given, Scope(module, module.function_around(given)), "createTypeOrmOptions", "createSequelizeOptions")
        return self.node_url(None, [self.evaluator.in_scope(node, scope)], node)

    def made_by_factory(self, given, scope, *methods):
        """(the expression that a factory gives, its scope)."""
        entries = self.entries_of(given, scope) or {}
        if "useFactory" in entries:
            one, home = entries["useFactory"]
            found = self.evaluator.function_or_class(one.id, home.module) if isinstance(one, ast.Name) else None
            found = found or next(((home.module, inner) for inner in ast.walk(home.module.tree) if isinstance(inner, ast.FunctionDef) and isinstance(one, ast.Name) and inner.name == one.id), None)
        else:
            found = next(((module, inner) for module in self.node_modules() for inner in ast.walk(module.tree) if isinstance(inner, ast.FunctionDef) and inner.name in methods), None) if "useClass" in entries or "useExisting" in entries else None
        if not found or not isinstance(found, tuple):
            raise Unknown("what gives it is not understood", scope.module, given)
        module, function = found
        returns = [one for one in ast.walk(function) if isinstance(one, ast.Return) and one.value is not None and module.function_around(one) is function]
        if len(returns) != 1:
            raise Unknown(f"{function.name}() has to be run", module, function)
        return returns[0].value, Scope(module, function)

    def node_url(self, kind, given, node):
        first = given[0] if given else None
        if isinstance(first, tuple):  # several connections, as TypeORM's createConnections() has them
            first = first[0] if len(first) == 1 else None
        words = next((one for one in given if isinstance(one, dict)), {})
        if isinstance(first, str) and len(given) > 1 and not isinstance(given[1], dict):  # Sequelize's (database, user, password, options)
            words = {"database": first, "username": given[1], "password": given[2] if len(given) > 2 else None, **{key: one for key, one in words.items() if key not in ("database", "username", "password")}}
            first = None
        if isinstance(words.get("connection"), (str, dict)):  # Knex's and drizzle's
            inner = words["connection"]
            words, first = ({**inner, "client": words.get("client")}, None) if isinstance(inner, dict) else (words, inner)
        self.evaluator.unless_lost(words.get("connection"))

        def part(*names):
            found = next((words[name] for name in names if words.get(name) not in (None, "")), None)
            return self.evaluator.unless_lost(found)
        said = part("type", "dialect", "client") if kind is None else kind
        kind = NODE_KINDS.get(str(said), None if said else "")
        if kind is None:
            return None  # find_other_kind() tells it
        url = first if isinstance(first, str) else part("connectionString", "url", "uri", "databaseUrl", "connectionUri")
        if kind == "sqlite" or isinstance(url, str) and re.match(r"sqlite:|file:", url):
            path = url or part("storage", "filename", "file", *(("database",) if words.get("type") else ()), "database")
            return self.node_file(path) if isinstance(path, str) else None
        if isinstance(url, str):
            return url if "://" in url else None
        if not kind:
            return None
        database = part("database", "db", "dbname")
        if part("socketPath", "host") is None and database is None:
            return None
        if part("socketPath"):
            raise Unknown("it is reached by a socket's file")
        if not database:
            return None
        made = self.url(kind, part("user", "username"), part("password", "pass"), part("host", "hostname", "server"), part("port"), database)
        return made + (f"?schema={part('schema')}" if kind == "postgresql" and isinstance(part("schema"), str) else "")

    def node_file(self, path):
        path = re.sub(r"^(sqlite|file):(//(?=/|[^/]))?", "", path).split("?")[0]
        return f"sqlite:///{os.path.normpath(path)}" if path and path != ":memory:" else None

    def from_node_configs(self):
        """knexfile.js and the like, which a tool reads where the code was not understood."""
        for module in self.node_modules():
            if "database_url" in self.found or not NODE_CONFIGS.search(module.name):
                continue
            self.evaluator.sources = []
            node = module.names.get("exports.default") or module.names.get("config")
            value = self.evaluator.or_none(node, module, {}) if isinstance(node, ast.AST) else None
            value = self.of_stage(value)
            where = f"{module.name}:{getattr(node, 'lineno', 1)}"
            try:
                if isinstance(value, dict):
                    credentials = value.get("dbCredentials")
                    found = self.node_url(None, [{**value, **(credentials if isinstance(credentials, dict) else {})}], node)
                    self.note("database_url", found if usable_url(found and re.sub(r"^mysql2", "mysql", found)) else "", where)
            except Unknown as unknown:
                self.not_found.append((unknown.where or where, f"database_url: {unknown.why}"))
        self.from_ormconfig()

    def of_stage(self, value):
        """Of an entry for each NODE_ENV the one that is meant."""
        stage = self.env.all().get("NODE_ENV", ("development",))[0]
        return value[stage] if isinstance(value, dict) and isinstance(value.get(stage), dict) else value

    def from_ormconfig(self):
        for home in dict.fromkeys(os.path.dirname(where.rsplit(":", 1)[0]) for where in self.node_packages().values()):
            path = os.path.join(self.folder, home, "ormconfig.json")
            if "database_url" in self.found or not os.path.isfile(path) or os.path.getsize(path) > LARGEST_NODE_FILE:  # noqa: F821
                continue
            try:
                content = json.loads(self.text_of(path))
            except ValueError:
                continue
            content = content[0] if isinstance(content, list) and len(content) == 1 else content
            if isinstance(content, dict):
                self.note("database_url", self.node_url(None, [content], None), f"{os.path.relpath(path, self.folder)}:1")

    # The table of users.

    def find_node_table(self):
        """Where a model of users with a password, or what is inserted with one, names it; where they differ, none is taken."""
        found, has_models = {}, bool(self.node_packages().keys() & OF_MODELS)
        for module in self.node_modules():
            for node in ast.walk(module.tree):
                for table in self.tables_of(node, module, has_models):
                    found.setdefault(table, f"{module.name}:{node.lineno}")
        if len({table.lower() for table in found}) == 1:
            self.note("table", *next(iter(found.items())))

    def tables_of(self, node, module, has_models):
        if isinstance(node, ast.ClassDef) and USERS_CLASS.match(node.name) and any(PASSWORD_FIELD.match(name) for name, _ in getattr(node, "fields", [])):
            for one in node.decorator_list:
                yield from self.table_of_decorator(one, module)
        elif isinstance(node, ast.Call):
            called = last_name_of(node.func)  # noqa: F821 node_code.py
            if called in ("define", "init") and isinstance(node.func, ast.Attribute):
                yield from self.table_of_sequelize(node, called, module)
            elif called in ("pgTable", "mysqlTable", "sqliteTable") and len(node.args) > 1 and self.has_password(node.args[1]) and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value
        elif not has_models and isinstance(node, ast.Constant) and isinstance(node.value, str) and (one := INSERTED.search(node.value)):
            if any(PASSWORD_FIELD.match(column.strip(" `\"\n\r\t")) for column in one[3].split(",")):
                yield one[2]

    def has_password(self, node):
        return isinstance(node, ast.Dict) and any(isinstance(key, ast.Constant) and PASSWORD_FIELD.match(str(key.value)) for key in node.keys)

    def table_of_decorator(self, node, module):
        if not isinstance(node, ast.Call) or last_name_of(node.func) not in ("Entity", "Table") or not node.args:  # noqa: F821
            return
        given = self.evaluator.or_none(node.args[0], module, {})
        name = given if isinstance(given, str) else next((given[key] for key in ("name", "tableName") if isinstance(given.get(key), str)), None) if isinstance(given, dict) else None
        if name:
            yield name

    def table_of_sequelize(self, node, called, module):
        """https://sequelize.org/docs/v6/core-concepts/model-basics/#table-name-inference: of `tableName` alone, as plurals are English."""
        attributes, options = node.args[1 if called == "define" else 0:][:2] if len(node.args) >= (3 if called == "define" else 2) else (None, None)
        if self.has_password(attributes):
            given = self.evaluator.or_none(options, module, {})
            if isinstance(given, dict) and isinstance(given.get("tableName"), str):
                yield given["tableName"]
