# SPDX-License-Identifier: Apache-2.0
# What JavaScript's own functions and those of well-known packages are called in Python, as far as settings are made with them.
import ast
import re

# Of one argument, and of the value that they are called on.
NODE_FUNCTIONS = {"String": "str", "Number": "int", "parseInt": "int", "Number.parseInt": "int", "parseFloat": "float", "Number.parseFloat": "float", "Boolean": "bool", "encodeURIComponent": "quote_plus"}
NODE_METHODS = {"trim": "strip", "toLowerCase": "lower", "toLocaleLowerCase": "lower", "toUpperCase": "upper", "startsWith": "startswith", "endsWith": "endswith", "trimStart": "lstrip", "trimEnd": "rstrip"}
# They give what they are given, or what they are called on.
NODE_SAME = {"Math.floor", "Math.round", "Math.trunc", "Math.ceil", "Object.freeze", "path.normalize", "createSecretKey", "crypto.createSecretKey", "registerAs", "defineConfig", "fileURLToPath", "url.fileURLToPath"}
# `config.get("JWT_SECRET")` of Nest's ConfigService, of nconf and of their like: a variable, by the way it is written.
IS_CONFIG = re.compile(r"(^|\.|_)_?(nest)?config(service|uration)?$|^nconf$", re.I)
BODY = re.compile(r"^(self\.|ctx\.|context\.|c\.)?(req|request)\.body$|^(self\.)?body$|^(req|request)\.(valid|validated)\.body$")


class NodeCalls:
    """The part of NodeParser (node_statements.py) that is about what is called, and what it is called on."""
    def attribute_of(self, found, name, at):
        if isinstance(found, ast.Attribute) and found.attr == "env" and isinstance(found.value, ast.Name) and found.value.id in ("process", "Bun"):
            return self.variable(self.constant(name, at), at)
        made = self.put_at(ast.Attribute(found, name, ast.Load()), at)
        if name not in ("body", "validated", "url", "filename", "dirname"):
            return made
        text = ast.unparse(made)
        if BODY.match(text):
            return self.name("body", at)
        return self.name("__file__", at) if text in ("import.meta.url", "import.meta.filename") else self.folder_of(at) if text == "import.meta.dirname" else made

    def folder_of(self, at):
        return self.apply("dirname", self.name("__file__", at), at=at)

    def variable(self, key, at):
        """process.env.NAME; variables.py takes a call of this name for a look-up in the environment."""
        return self.apply(self.put_at(ast.Attribute(self.name("process", at), "env", ast.Load()), at), key, at=at)

    def called(self, function, args, at):
        holder, last = (function.value, function.attr) if isinstance(function, ast.Attribute) else (None, getattr(function, "id", ""))
        text = ast.unparse(function) if isinstance(function, ast.Name) or isinstance(holder, ast.Name) else last if holder is None else ""
        if text in NODE_FUNCTIONS and args:
            return self.apply(NODE_FUNCTIONS[text], args[0], at=at)
        if text in NODE_SAME and args and not isinstance(args[-1], ast.Starred):
            if text == "registerAs" and len(args) == 2 and isinstance(args[0], ast.Constant):
                self.namespaces.append((args[0].value, args[1]))
            return args[-1] if text in ("registerAs", "defineConfig") else args[0]
        if text == "Object.assign" and args:
            made = self.put_at(ast.Dict([None] * len(args), list(args)), at)
            if isinstance(args[0], ast.Name):
                self.give_anew(args[0], self.lost_at(at) if self.conditions else made, at)
            return made
        if holder is None:
            return self.plain_call(function, last, args, at)
        if last == "toString":
            coding = args[0].value if args and isinstance(args[0], ast.Constant) else None if args else "utf8"
            # Random bytes are that in any writing, and the evaluator says so of them.
            return self.apply("str", holder, at=at) if coding in ("utf8", "utf-8") or re.search(r"\brandom(Bytes|UUID)\(", ast.unparse(holder)) else self.apply(function, *args, at=at)
        if last in ("parse", "safeParse", "validate", "validateSync", "cleanEnv", "from") and (found := self.whole_environment(args)):
            return found
        if last in NODE_METHODS:
            return self.apply(self.put_at(ast.Attribute(holder, NODE_METHODS[last], ast.Load()), at), *args, at=at)
        if last == "encode" and isinstance(holder, ast.Call) and last_name_of(holder.func) == "TextEncoder" and args:
            return self.apply(self.put_at(ast.Attribute(args[0], "encode", ast.Load()), at), at=at)
        if text == "Buffer.from" and args:
            return self.bytes_of(args, at)
        if text.startswith("path.") and last in ("join", "resolve"):
            return self.path_of(function, args, at)
        if text == "process.cwd":
            return self.constant(".", at)
        if last == "config" and self.is_of(holder, "dotenv"):
            return self.load_of(args, at)
        if last in ("get", "getOrThrow") and args and isinstance(args[0], ast.Constant) and isinstance(args[0].value, str) and (made := self.of_config(holder, args, at)):
            return made
        return self.apply(function, *args, at=at)

    def plain_call(self, function, last, args, at):
        if last == "require" and len(args) == 1 and isinstance(args[0], ast.Constant) and isinstance(args[0].value, str):
            return self.required(args[0].value, at)
        if last in ("cleanEnv", "createEnv", "parseEnv") and (found := self.whole_environment(args)):
            return found
        if last == "require" and len(args) == 1 and (place := self.beside(args[0])):
            return self.required(place, at)
        if last in ("join", "resolve") and self.packages.get(last, "").removeprefix("node:") == "path":
            return self.path_of(self.put_at(ast.Attribute(self.name("path", at), last, ast.Load()), at), args, at)
        if last == "config" and self.packages.get(last) == "dotenv":
            return self.load_of(args, at)
        return self.apply(function, *args, at=at)

    def whole_environment(self, args):
        """process.env, which zod and its like check and hand on; a default of theirs is not followed."""
        handed = [*args, *(value for given in args if isinstance(given, ast.Dict) for value in given.values)]
        return next((one for one in handed if isinstance(one, ast.Attribute) and ast.unparse(one) == "process.env"), None)

    def beside(self, node):
        """`__dirname + "/../config.json"` and `path.join(__dirname, "..", "config.json")`, as seen from this file; "" for another one."""
        parts = node.values if isinstance(node, ast.JoinedStr) else node.args if isinstance(node, ast.Call) and ast.unparse(node.func) == "os.path.join" else []
        parts = [one.value if isinstance(one, ast.FormattedValue) else one for one in parts]
        if len(parts) < 2 or ast.unparse(parts[0]) != "dirname(__file__)" or not all(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in parts[1:]):
            return ""
        return "./" + ("" if isinstance(node, ast.JoinedStr) else "/").join(one.value for one in parts[1:]).lstrip("/")

    def is_of(self, node, package):
        """Whether it is what a package gives."""
        return self.packages.get(getattr(node, "id", "")) == package

    def bytes_of(self, args, at):
        coding = args[1].value if len(args) > 1 and isinstance(args[1], ast.Constant) else None if len(args) > 1 else "utf8"
        if coding in ("utf8", "utf-8"):
            return args[0]
        return self.apply("b64decode", args[0], at=at) if coding == "base64" else self.lost_at(at)

    def path_of(self, function, args, at):
        """join() takes a path that begins with / for one below, which Python's does not."""
        if function.attr == "join":
            for one in args[1:]:
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    one.value = one.value.lstrip("/")
        made = self.put_at(ast.Attribute(self.put_at(ast.Attribute(self.name("os", at), "path", ast.Load()), at), "join", ast.Load()), at)
        return self.apply(made, *args, at=at)

    def load_of(self, args, at):
        """dotenv's config(): find_loads() looks for load_dotenv()."""
        given = dict(zip([getattr(key, "value", None) for key in args[0].keys], args[0].values)) if args and isinstance(args[0], ast.Dict) else {}
        path = given.get("path")
        return self.apply("load_dotenv", *([path] if path is not None else []), at=at)

    def of_config(self, holder, args, at):
        """A variable of the environment, or an entry of what registerAs() and ConfigModule's `load` name (node_files.py)."""
        text = ast.unparse(holder)
        if not IS_CONFIG.search(text):
            return None
        key, default = args[0].value, [one for one in args[1:2] if not isinstance(one, ast.Dict)]
        if re.fullmatch(r"[A-Z][A-Z0-9_]*", key):
            made = self.variable(args[0], at)
            made.args += default
            return made
        made = self.put_at(ast.Subscript(self.lost_at(at), self.constant(key.rsplit(".", 1)[-1], at), ast.Load()), at)
        self.asked.append((made, key))
        return made
