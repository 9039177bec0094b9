# SPDX-License-Identifier: Apache-2.0
# What an expression of the application's Python gives, as far as that follows from what stands in its files. Nothing of
# it is run: texts, numbers, f-strings, joined texts, paths, look-ups in the environment and settings classes are worked
# out from the syntax tree, and so are functions that only choose and return; anything else is Unknown, with its line.
import ast
import base64
import datetime
import operator
import os
import re
from urllib.parse import quote, quote_plus

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
             ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod}
COMPARED = {ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
            ast.Is: operator.is_, ast.IsNot: operator.is_not, ast.In: lambda x, y: x in y, ast.NotIn: lambda x, y: x not in y}
MISSING = object()
# Looks at expressions, for one value and for all: a name that is twice another name, thirty times over, comes to 10^9.
MOST_STEPS, MOST_STEPS_OF_ALL = 200_000, 10_000_000
OF_TEXT = {"strip", "lstrip", "rstrip", "lower", "upper", "startswith", "endswith", "replace", "removeprefix", "removesuffix", "split"}
KINDS = {"str": str, "int": int, "float": float, "bool": bool, "list": tuple, "tuple": tuple, "dict": dict, "bytes": bytes}
# They give what they are called with, as a text.
TEXTS = ("SecretStr", "str", "Secret", "Path", "PurePath", "make_url", "resolve", "absolute", "abspath", "realpath", "get_secret_value", "as_posix", "render_as_string",
         "unicode_string", "AnyUrl", "PostgresDsn", "MySQLDsn", "MariaDBDsn", "DatabaseURL", "AnyHttpUrl")


class Evaluator(Fields, Setters, Functions, Files, Variables, Frameworks):  # noqa: F821 they stand before this one (fields.py, functions.py)
    def __init__(self, modules, env, folder="."):
        self.modules, self.folder = modules, folder
        self.env = FixedEnvironment(env) if isinstance(env, dict) else env  # noqa: F821 name -> (value, "file:line")
        self.steps, self.steps_of_all = 0, 0
        self.doubts = {}  # "file:line" -> why what stands there may be otherwise
        self.own, self.depth, self.sources, self.known_calls, self.known_later, self.classes_of_holders = {}, 0, [], None, None, {}  # sources: what was read of the environment: (name, value, where)

    def find_module(self, level, dotted, of):
        if level:
            base = of.dotted.split(".")[:-level] if not of.name.endswith("__init__.py") else of.dotted.split(".")[:len(of.dotted.split(".")) - level + 1]
            dotted = ".".join([*base, dotted] if dotted else base)
        for module in self.modules:
            if module.dotted == dotted:
                return module
        ends = [module for module in self.modules if dotted and module.dotted.endswith("." + dotted)]
        return ends[0] if len(ends) == 1 else None

    def calls(self, *names):
        """(module, call) by the last name of what is called."""
        if self.known_calls is None:
            self.known_calls = {}
            for module in self.modules:
                for node in ast.walk(module.tree):
                    if isinstance(node, ast.Call):
                        func = node.func.value if isinstance(node.func, ast.Subscript) else node.func  # JWTAuth[User](...)
                        name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
                        self.known_calls.setdefault(name, []).append((module, node))
        return [one for name in names for one in self.known_calls.get(name, [])]

    def lookup(self, name, module, local):
        if name in local:
            return self.value(local[name], module, local) if isinstance(local[name], ast.AST) else local[name]
        if name == "__file__":
            return os.path.abspath(module.path)
        for level, dotted in reversed(module.stars[module.stars_before.get(name, 0):]):
            other = self.find_module(level, dotted, module)
            if other and other is not module and name in {**other.names, **other.classes, **other.imports}:
                return self.lookup(name, other, {})
        if name in module.names:
            return self.value(module.names[name], module, {})
        if name in module.classes:
            return Settings(module, module.classes[name])
        if (found := self.of_framework(name, module)) is not MISSING:
            return found
        if name in module.imports:
            level, dotted, original = module.imports[name]
            other = self.find_module(level, dotted, module)
            if other and other is not module:
                return self.lookup(original, other, {})
            inner = self.find_module(level, f"{dotted}.{original}" if dotted else original, module)
            if inner:
                return inner
        raise Unknown(f"{name} is not known")

    def value(self, node, module, local=None):
        local = local or {}
        self.steps = self.steps + 1 if self.depth else 0
        self.steps_of_all += 1
        self.depth += 1
        try:
            if self.depth > 60:
                raise Unknown("it refers to itself")
            if self.steps > MOST_STEPS or self.steps_of_all > MOST_STEPS_OF_ALL:
                raise Unknown("it takes too long to work out")
            found = self.of_kind(node, module, local)
            if found is MISSING or found is ...:
                raise Unknown("it is given from outside")
            if isinstance(found, (str, bytes)) and len(found) > 10000 or isinstance(found, int) and abs(found) > 1 << 62:
                raise Unknown("it is too long")
            return found
        except Unknown as unknown:
            if not unknown.where:
                raise Unknown(unknown.why, module, node) from None
            raise
        except (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError):
            raise Unknown("it has to be computed", module, node) from None
        finally:
            self.depth -= 1

    def of_kind(self, node, module, local):
        def value(inner):
            return self.value(inner, module, local)
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, Lost):
            raise Unknown(node.why)
        if isinstance(node, Bound):
            return self.in_scope(node.node, node.scope)
        if isinstance(node, ast.Name):
            return self.lookup(node.id, module, local)
        if isinstance(node, ast.JoinedStr):
            return "".join(value(part) for part in node.values)
        if isinstance(node, ast.FormattedValue):
            if node.format_spec is not None or node.conversion not in (-1, 115):
                raise Unknown("its format is not understood")
            if (found := value(node.value)) is None and module.is_node:
                raise Unknown("a part of it is nothing")
            return str(found)
        if isinstance(node, ast.BinOp):
            left, right = value(node.left), value(node.right)
            if isinstance(node.op, ast.Div) and isinstance(left, str):
                return os.path.join(left, right)
            if isinstance(node.op, ast.Mult) and not all(isinstance(one, (int, float, datetime.timedelta)) for one in (left, right)):
                raise Unknown("it has to be computed")
            return OPERATORS[type(node.op)](left, right)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -value(node.operand)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return not self.truth(node.operand, module, local)
        if isinstance(node, (ast.Tuple, ast.List)):
            return tuple(value(one) for one in node.elts)
        if isinstance(node, ast.Dict):
            return self.of_dict(node, module, local)
        if isinstance(node, ast.BoolOp):
            return self.of_several(node, module, local)
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            right = value(node.comparators[0])
            if isinstance(right, Values) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
                return (self.of_values(right, value(node.left)) is not MISSING) == isinstance(node.ops[0], ast.In)
            return COMPARED[type(node.ops[0])](self.asked(node.left, module, local), right)
        if isinstance(node, ast.IfExp):
            return value(node.body if self.truth(node.test, module, local) else node.orelse)
        if isinstance(node, ast.Subscript):
            if ast.unparse(node.value) in ("os.environ", "environ"):
                return self.of_env(value(node.slice), module)
            if isinstance(node.value, ast.Attribute) and node.value.attr == "config":
                return self.of_config(value(node.slice))
            holder = value(node.value)
            key = value(node.slice)
            if isinstance(holder, Dynaconf):
                return self.of_dynaconf(holder, key)
            if isinstance(holder, Values):
                if (found := self.of_values(holder, key)) is MISSING:
                    raise Unknown(f"nothing says {key}")
                return found
            return self.noted(holder, key, self.unless_lost(holder[key]))
        if isinstance(node, ast.Attribute):
            return self.attribute(node, module, local)
        if isinstance(node, ast.Call):
            return self.call(node, module, local)
        raise Unknown("it has to be computed")

    def of_dict(self, node, module, local):
        """What cannot be worked out is lost only to whoever asks for it."""
        found = {}
        for key, one in zip(node.keys, node.values):
            if key is None:
                found.update(self.value(one, module, local))
            else:
                found[self.value(key, module, local)] = self.held(one, module, local)
        return found

    def unless_lost(self, found):
        if isinstance(found, Lost):
            unknown = Unknown(found.why)
            unknown.where = found.where
            raise unknown
        return found

    def or_none(self, node, module, local):
        try:
            return self.value(node, module, local)
        except Unknown:
            return None

    def truth(self, node, module, local):
        """Which way a condition goes. What the environment of another machine says is not known."""
        try:
            return bool(self.value(node, module, local))
        except Unknown:
            raise Unknown("it depends on a condition", module, node) from None

    def asked(self, node, module, local):
        """A value that is compared; a class is never None."""
        found = self.value(node, module, local)
        if isinstance(found, (Settings, Values, Module)):
            raise Unknown("it has to be computed")
        return found

    def of_several(self, node, module, local):
        found = None
        for one in node.values:
            try:
                found = self.value(one, module, local)
            except Unknown as unknown:
                # `os.getenv(A) or B`: where nothing sets A, B it is.
                if isinstance(node.op, ast.Or) and "is in no .env" in unknown.why and one is not node.values[-1]:
                    continue
                raise
            if bool(found) == isinstance(node.op, ast.Or):
                return found
        return found

    def of_config(self, name):
        """Flask's: app.config["NAME"], which is given once or always the same."""
        given = [(node, module) for module in self.modules for key, node in module.items if key == name]
        if not given or any(ast.dump(node) != ast.dump(given[0][0]) for node, _ in given):
            raise Unknown(f"nothing says what {name} is in the configuration, or several lines do")
        node, module = given[0]
        return self.in_scope(node, Scope(module, module.function_around(node)))

    def attribute(self, node, module, local):
        if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls") and "self" in local:
            return self.field(local["self"], node.attr)
        if ast.unparse(node) == "os.environ":
            return {key: text for key, (text, _) in self.env_of(module).items()}
        if ast.unparse(node) == "process.env":
            return NodeVariables(module)
        if node.attr == "instance_path":
            return self.instance_path(module)
        holder = self.value(node.value, module, local)
        if isinstance(holder, Settings):
            return self.field(holder, node.attr)
        if isinstance(holder, Values) and node.attr == "data":
            return holder
        if isinstance(holder, Dynaconf):
            return self.of_dynaconf(holder, node.attr)
        if isinstance(holder, Entries) and node.attr in holder:  # a table within dynaconf's
            return self.noted(holder, node.attr, self.unless_lost(holder[node.attr]))
        if isinstance(holder, Module):
            return self.lookup(node.attr, holder, {})
        if isinstance(holder, str) and node.attr == "parent":
            return os.path.dirname(holder)
        if isinstance(holder, str) and node.attr == "value":
            return holder
        if isinstance(holder, NodeVariables):
            return self.of_env(node.attr, holder.module)
        if isinstance(holder, dict) and module.is_node:
            return self.noted(holder, node.attr, self.unless_lost(holder.get(node.attr)))
        raise Unknown(f"{node.attr} is not known")

    def call(self, node, module, local):
        called = ast.unparse(node.func)
        last = called.rsplit(".", 1)[-1]
        plain = {word.arg: word.value for word in node.keywords if word.arg}

        def argument(at, name, default=MISSING):
            found = node.args[at] if len(node.args) > at else plain.get(name)
            return default if found is None else self.value(found, module, local)

        if called == "cls" and isinstance(made := local.get("cls"), Settings):
            return Settings(made.module, made.node, {name: (one, module, local) for name, one in (plain | self.spread(node, module, local)).items()})
        if isinstance(node.func, ast.Name) and (found := self.function_or_class(node.func.id, module)):
            if isinstance(found, Settings):
                return Settings(found.module, found.node, {name: (one, module, local) for name, one in (plain | self.spread(node, module, local)).items()})
            return self.returned(found[1], found[0], self.arguments_of(found[1], found[0], node, module, local))
        if (read := self.of_file(node, called, module, local)) is not MISSING:
            return read
        if (read := self.of_variable(node, called, module, local)) is not MISSING:
            return read
        if (made := self.made_by_dynaconf(node, called, module, local)) is not MISSING:
            return made
        if last == "dotenv_values":
            name = self.env.named(str(argument(0, "dotenv_path", ".env")), module.name, self.folder) if self.env.files else None
            return {key: text for key, (text, _) in self.env.files.get(name, {}).items()}
        if last in ("Field", "field"):
            if "default_factory" in plain:
                made = plain["default_factory"]
                return self.value(made.body if isinstance(made, ast.Lambda) else ast.copy_location(ast.Call(made, [], []), made), module, local)
            return argument(0, "default")
        if last == "import_key":  # joserfc's
            found = argument(0, "")
            return found.decode() if isinstance(found, bytes) else found
        if last in TEXTS:
            if node.args:
                return str(argument(0, ""))
            return self.value(node.func.value, module, local)
        if last == "timedelta":
            names = ("days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks")
            return datetime.timedelta(**{**{name: float(self.value(one, module, local)) for name, one in zip(names, node.args)}, **{name: float(self.value(one, module, local)) for name, one in plain.items()}})
        if last == "total_seconds":
            return self.value(node.func.value, module, local).total_seconds()
        if last in ("int", "float", "len", "bool"):
            return {"int": int, "float": float, "len": len, "bool": bool}[last](argument(0, ""))
        if last == "isinstance" and len(node.args) == 2:
            kinds = node.args[1].elts if isinstance(node.args[1], ast.Tuple) else [node.args[1]]
            return isinstance(self.asked(node.args[0], module, local), tuple(KINDS[ast.unparse(kind)] for kind in kinds))
        if last in ("quote_plus", "quote") and node.args:
            return {"quote_plus": quote_plus, "quote": quote}[last](str(argument(0, "")), safe=argument(1, "safe", "/" if last == "quote" else ""))
        if last == "dirname":
            return os.path.dirname(argument(0, ""))
        if called.endswith("path.join"):
            return os.path.join(*[self.value(one, module, local) for one in node.args])
        if last in ("build", "create"):
            names = ("drivername", "username", "password", "host", "port", "database", "query") if last == "create" else ()
            return self.built_url({name: self.value(one, module, local) for name, one in [*zip(names, node.args), *plain.items()]})
        if last == "format" and isinstance(node.func, ast.Attribute):
            text = self.value(node.func.value, module, local)
            named = {name: self.value(one, module, local) for name, one in plain.items()}
            if re.search(r"[.\[!:]", "".join(re.findall(r"\{([^}]*)\}", text))):
                raise Unknown("its format is not understood")
            return text.format(*[self.value(one, module, local) for one in node.args], **named)
        if last == "get" and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Attribute) and node.func.value.attr == "config":
            return self.of_config(argument(0, ""))
        if last == "get" and isinstance(node.func, ast.Attribute):
            holder = self.value(node.func.value, module, local)
            if isinstance(holder, Values):
                found = self.of_values(holder, argument(0, ""))
                return argument(1, "default", None) if found is MISSING else found
            key = argument(0, "")
            if isinstance(holder, Dynaconf) and key in holder:
                return self.of_dynaconf(holder, key)
            if key not in holder:
                return argument(1, "default", None if isinstance(holder, Entries) else MISSING)
            return self.noted(holder, key, self.unless_lost(holder[key]))
        if last == "encode" and not node.args and isinstance(found := self.value(node.func.value, module, local), str):
            return found.encode()
        if last in ("b64decode", "urlsafe_b64decode"):
            return getattr(base64, last)(argument(0, ""))
        if last in OF_TEXT and isinstance(node.func, ast.Attribute) and isinstance(found := self.value(node.func.value, module, local), str):
            made = getattr(found, last)(*[self.value(one, module, local) for one in node.args])
            return tuple(made) if isinstance(made, list) else made
        if isinstance(node.func, ast.Attribute) and not node.args and not node.keywords:
            holder = self.or_none(node.func.value, module, local)
            if isinstance(holder, Settings) and (made := self.declared(holder, last)) and isinstance(made[0], ast.FunctionDef):
                return self.field(holder, last)
            if isinstance(holder, Module) and (found := self.function_or_class(last, holder)):
                return self.returned(found[1], found[0], {}) if not isinstance(found, Settings) else found
        if isinstance(node.func, (ast.Name, ast.Subscript)) and isinstance(made := self.or_none(node.func, module, local), Settings):  # kinds[name]()
            return Settings(made.module, made.node, {name: (one, module, local) for name, one in (plain | self.spread(node, module, local)).items()})
        if last.startswith("token_") or last in ("urandom", "uuid4", "generate_key", "randomBytes", "randomUUID"):
            raise Unknown("it is made anew at each start")
        raise Unknown(f"{called}() is not known")

    # Where an expression stands in the midst of a function.
    def in_scope(self, node, scope):
        return self.value(node, scope.module, self.local_of(scope))

    def local_of(self, scope):
        local = self.own_names(scope.function, scope.module) if scope.function else {}
        if scope.function:
            outer = next((one for one in scope.module.around(scope.function) if isinstance(one, ast.ClassDef)), None)
            if outer is not None:
                local["self"] = Settings(scope.module, outer)
        return {**local, **{name: Bound(*one) for name, one in scope.given.items()}}

    def own_names(self, function, module):
        """What a function gives names: each that has one answer."""
        if function in self.own:
            return self.own[function]
        local = self.own.setdefault(function, {})
        if module.is_node and (outer := module.function_around(function)) is not None:
            local.update(self.own_names(outer, module))
        for argument in [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]:
            local[argument.arg] = self.dependency(function, argument) or lost(f"{argument.arg} is handed over", argument)
        for node in ast.walk(function):
            if isinstance(node, ast.With):
                for name in names_given([ast.With(node.items, [])]):
                    local[name] = lost("it is given more than one value", node) if name in local else file_in(node, name) or lost("it has to be computed", node)
            if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For, ast.NamedExpr)):
                for target in targets_of(node):
                    for name in ast.walk(target):
                        if not isinstance(name, ast.Name) or not isinstance(name.ctx, ast.Store):
                            continue
                        is_plain = target is name and isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None
                        is_new = name.id not in local or is_plain and isinstance(local[name.id], ast.AST) and ast.dump(local[name.id]) == ast.dump(node.value)
                        is_own = any(isinstance(one, ast.Name) and one.id == name.id for one in ast.walk(node.value)) if is_plain else False
                        local[name.id] = node.value if is_plain and is_new and not is_own else lost("it is given more than one value", node)
        return local

    def built_url(self, parts):
        scheme = parts.get("scheme") or parts.get("drivername")
        if not scheme:
            raise Unknown("a URL without a scheme")
        user = parts.get("username") or parts.get("user") or ""
        password = parts.get("password")
        authority = quote(str(user), safe="") + (f":{quote(str(password), safe='')}" if password else "")
        host = str(parts.get("host") or "") + (f":{parts['port']}" if parts.get("port") else "")
        path = str(parts.get("path") or parts.get("database") or "").lstrip("/" if host else "")
        return f"{scheme}://{authority + '@' if authority else ''}{host}/{path}"
