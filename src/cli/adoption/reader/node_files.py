# SPDX-License-Identifier: Apache-2.0
# Which files of JavaScript and TypeScript are read, and what they take from each other: by require(), import, export, and by
# what Nest's ConfigService is asked for.
import ast
import json
import os
import re
import sys

NODE_FILE = re.compile(r"\.[cm]?[jt]s$")
NO_NODE_FILE = re.compile(r"\.(test|spec|e2e-spec|min|d|stories|bundle)\.[cm]?[jt]s$|^(jest|vite|vitest|webpack|rollup|tailwind|postcss|babel|eslint|cypress|playwright|karma)\.|^\.eslintrc|^gulpfile")
NODE_SKIPPED = {"__tests__", "__mocks__", "spec", "e2e", "cypress", "coverage", ".next", ".nuxt", "public", "static", "assets", "bower_components", "fixtures", "mocks", "out"}
LARGEST_NODE_FILE, MOST_NODE_FILES, MOST_NODE_TEXT = 200_000, 1000, 2_000_000
DEEPEST_CALLS = 4000  # of Python's functions: a tree is as deep as a chain of calls is long
LONGEST_LINE = 5000  # of a file that a person has written
NODE_ENDINGS = ("", ".ts", ".js", ".mjs", ".cjs", ".mts", ".cts", ".json", "/index.ts", "/index.js", "/index.mjs", "/index.cjs", "/index.mts")
# What a page in a browser is made of, and what a server has.
OF_PAGES = {"react", "react-dom", "vue", "svelte", "@angular/core", "solid-js", "preact", "react-native"}
OF_SERVERS_OF_NODE = {"express", "koa", "fastify", "@hapi/hapi", "@nestjs/core", "hono", "next", "nuxt", "@sveltejs/kit", "restify", "pg", "mysql", "mysql2", "mariadb", "sqlite3", "better-sqlite3", "sequelize", "typeorm", "knex", "drizzle-orm",
                      "@prisma/client", "mongoose", "mongodb", "jsonwebtoken", "jose", "bcrypt", "bcryptjs", "argon2", "objection", "sails", "@adonisjs/core", "apollo-server", "@apollo/server", "postgres", "@mikro-orm/core"}


class NodeModule(Module):  # noqa: F821 it stands before this one (modules.py)
    """A file of JavaScript or TypeScript: its tree is Python's, by node_statements.py."""
    is_node = True

    def __init__(self, path, name, tree):
        super().__init__(path, name, tree)
        self.dotted = name  # by which others import it


def is_node_file(name):
    return bool(NODE_FILE.search(name)) and not NO_NODE_FILE.search(name)


class NodeFiles:
    """The part of Finder (find.py) that reads Node's files."""
    def read_node(self):
        parsers, size = {}, 0
        names = [name for name in self.texts if NODE_FILE.search(name) and self.is_of_server(name)]
        if names:
            sys.setrecursionlimit(max(sys.getrecursionlimit(), DEEPEST_CALLS))
        for name in names:
            text = self.texts[name][1]
            size += len(text)
            if size > MOST_NODE_TEXT:
                self.not_found.append((f"{name}:1", f"neither this nor any file behind it is read, as those before it come to {MOST_NODE_TEXT // 1_000_000} MB of JavaScript"))
                break
            if parser := self.parse_node(name, text):
                parsers[name] = parser
        for name in list(parsers):
            for _, _, place, _ in list(parsers[name].imports):
                self.read_json(name, place, parsers)
        trees = {name: parser.tree for name, parser in parsers.items()}
        for name, parser in parsers.items():
            self.link(name, parser, parsers)
        self.answer_settings(parsers)
        for name, tree in trees.items():
            try:
                self.modules.append(NodeModule(os.path.join(self.folder, name), name, tree))
            except RecursionError:
                self.not_found.append((f"{name}:1", "what is written in it stands too deeply within itself"))

    def parse_node(self, name, text):
        if max(map(len, text.split("\n")), default=0) > LONGEST_LINE:
            return None  # a program has written it
        try:
            parser = NodeParser(Tokenizer(text).read())  # noqa: F821
            parser.tree = parser.read()
            return parser
        except (NotRead, RecursionError) as problem:  # noqa: F821
            self.not_found.append((f"{name}:1", f"it is no JavaScript that is understood: {problem if isinstance(problem, NotRead) else 'it stands too deeply within itself'}"))  # noqa: F821
            return None

    def is_of_server(self, name):
        """By the package.json of the nearest folder: not what makes pages alone. Without one, where no Python is beside it."""
        above = [os.path.join(folder, "package.json") for folder in self.env_above(name)]
        nearest = next((one for one in above if one in self.texts), None)
        if nearest is None:
            return not any(module.name.endswith(".py") for module in self.modules)
        try:
            content = json.loads(self.texts[nearest][1])
            needed = {package for key in ("dependencies", "devDependencies") for package in content.get(key) or {}}
        except (ValueError, AttributeError, TypeError):
            return True
        return not needed & OF_PAGES or bool(needed & OF_SERVERS_OF_NODE)

    def env_above(self, name):
        folder = os.path.dirname(name)
        while folder:
            yield folder
            folder = os.path.dirname(folder)
        yield ""

    def file_named(self, place, name, known):
        """The file that `import ... from place` means in another one; also by the names that tsconfig.json gives folders as a rule."""
        if place.startswith("."):
            homes, path = [os.path.dirname(name)], place
        elif found := re.match(r"(?:[@~#]/|(?=src/|app/|config/))(.+)", place):
            homes, path = [os.path.join(folder, inner) for folder in self.env_above(name) for inner in ("src", "", "app")], found[1]
        else:
            return None
        for home in homes:
            whole = os.path.normpath(os.path.join(home, path))
            for one in [whole + ending for ending in NODE_ENDINGS] + [re.sub(r"\.([cm]?)js$", r".\1ts", whole)]:
                one = one.removeprefix("./")
                if known(one):
                    return one
        return None

    def read_json(self, name, place, parsers):
        """What require("./config.json") gives."""
        def is_json(one):
            path = os.path.join(self.folder, one)
            return one.endswith(".json") and os.path.isfile(path) and os.path.getsize(path) < LARGEST_NODE_FILE and is_within(os.path.realpath(path), os.path.realpath(self.folder))  # noqa: F821 node_env.py
        if (one := self.file_named(place, name, is_json)) and one not in parsers:
            parser = self.parse_node(one, "module.exports = " + self.text_of(os.path.join(self.folder, one)))
            if parser:
                parsers[one] = parser
                self.texts.setdefault(one, (os.path.join(self.folder, one), ""))

    # What one file takes from another.

    def link(self, name, parser, parsers):
        made, fields = [], []
        for called, what, place, line in parser.imports:
            other = self.file_named(place, name, parsers.__contains__)
            found, name_here = self.exported(other, what, parsers, 0) if other else (place, what), called
            place_of = {"lineno": line, "end_lineno": line, "col_offset": 0, "end_col_offset": 0}
            if found is None and (found := self.exported(other, "default", parsers, 0)):  # a field of the object that it exports
                name_here = f"require('{place}')"
                value = ast.Attribute(ast.Name(name_here, ast.Load(), **place_of), what, ast.Load(), **place_of)
                fields.append(ast.Assign([ast.Name(called, ast.Store(), **place_of)], value, **place_of))
            if found is not None:
                made.append(ast.ImportFrom(found[0], [ast.alias(found[1], name_here)], 0, **place_of))
        # Before all else, as names that are given later count.
        parser.tree.body[:0] = [*made, *fields]

    def exported(self, name, what, parsers, depth):
        """(file, what it is called there) of what a file exports; nothing where it exports no such thing."""
        parser = parsers[name]
        if what == "*" or what == "default" and "default" not in parser.exports:
            return name, self.all_of(name, parsers)
        if what in parser.exports:
            local = parser.exports[what]
            found = next((one for one in parser.imports if one[0] == local), None)
            if found and depth < 6 and (other := self.file_named(found[2], name, parsers.__contains__)):
                return self.exported(other, found[1], parsers, depth + 1)
            return name, local
        for called, original, place in parser.from_others:
            if called == what and depth < 6 and (other := self.file_named(place, name, parsers.__contains__)):
                return self.exported(other, original, parsers, depth + 1)
        for place in parser.stars:
            if depth < 6 and (other := self.file_named(place, name, parsers.__contains__)) and (found := self.exported(other, what, parsers, depth + 1)) and what != "default":
                return found
        return None

    def all_of(self, name, parsers):
        """A name for an object of all that a file exports."""
        parser = parsers[name]
        if not getattr(parser, "has_all", False):
            parser.has_all = True
            keys = [ast.Constant(one, lineno=1, col_offset=0) for one in parser.exports]
            values = [ast.Name(local, ast.Load(), lineno=1, col_offset=0, end_lineno=1, end_col_offset=0) for local in parser.exports.values()]
            made = ast.Dict(keys, values, lineno=1, col_offset=0, end_lineno=1, end_col_offset=0)
            parser.tree.body.append(ast.Assign([ast.Name("exports", ast.Store())], made, lineno=1, col_offset=0, end_lineno=1, end_col_offset=0))
        return "exports"

    def answer_settings(self, parsers):
        """`config.get("jwt.secret")`: an entry of registerAs("jwt", ...), or of what ConfigModule's `load` names."""
        spaces, loads = {}, []
        for name, parser in parsers.items():
            for space, given in parser.namespaces:
                spaces.setdefault(space, []).append((name, given))
            for node in ast.walk(parser.tree):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "ConfigModule.forRoot" and node.args and isinstance(node.args[0], ast.Dict):
                    for key, value in zip(node.args[0].keys, node.args[0].values):
                        if getattr(key, "value", "") == "load" and isinstance(value, ast.List):
                            loads += [(name, one) for one in value.elts if isinstance(one, ast.Name)]
        loads = [(name, one) for name, one in loads if not any(given is not None and self.is_same(name, one, home, given, parsers) for homes in spaces.values() for home, given in homes)]
        for name, parser in parsers.items():
            for number, (node, key) in enumerate(parser.asked):
                space, _, rest = key.partition(".")
                meant, steps = (spaces[space], rest.split(".")) if rest and space in spaces else (loads, key.split("."))
                if len(meant) != 1 or not isinstance(meant[0][1], ast.Name):
                    continue
                home, given = meant[0]
                target = self.imported(home, given.id, parsers)
                called = f"configuration {number}"
                line = {"lineno": node.lineno, "end_lineno": node.lineno, "col_offset": 0, "end_col_offset": 0}
                parser.tree.body.insert(0, ast.ImportFrom(target[0], [ast.alias(target[1], called)], 0, **line))
                made = ast.Call(ast.Name(called, ast.Load(), **line), [], [], **line)
                for step in steps[:-1]:
                    made = ast.Subscript(made, ast.Constant(step, **line), ast.Load(), **line)
                node.value = made

    def imported(self, home, called, parsers):
        """(file, name) of what a name stands for there."""
        found = next((one for one in parsers[home].imports if one[0] == called), None)
        other = self.file_named(found[2], home, parsers.__contains__) if found else None
        return (self.exported(other, found[1], parsers, 0) if other else None) or (home, called)

    def is_same(self, name, one, home, given, parsers):
        return isinstance(given, ast.Name) and self.imported(name, one.id, parsers) in ((home, given.id), (home, "default"), (home, "exports.default"))
