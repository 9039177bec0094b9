# SPDX-License-Identifier: Apache-2.0
# What an expression of the application's Python gives, as far as that follows from what stands in its files. Nothing of
# it is run: texts, numbers, f-strings, joined texts, paths, look-ups in the environment and the settings classes of
# pydantic are worked out from the syntax tree; anything else is Unknown, with its line.
import ast
import operator
import os
import re
from urllib.parse import quote, quote_plus


class Unknown(Exception):
    def __init__(self, why, module=None, node=None):
        super().__init__(why)
        self.why = why
        self.where = f"{module.name}:{node.lineno}" if module and hasattr(node, "lineno") else ""


class Module:
    """A file: what its names are given, each by the last assignment; its classes, functions and imports."""
    def __init__(self, path, name, tree):
        self.path, self.name, self.tree = path, name, tree
        self.dotted = re.sub(r"(/__init__)?\.py$", "", name).replace("/", ".")
        self.names, self.classes, self.functions, self.imports, self.stars = {}, {}, {}, {}, []
        self.read(tree.body)

    def read(self, body):
        for node in body:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        self.names[target.id] = node.value
            elif isinstance(node, ast.AnnAssign) and node.value is not None and isinstance(node.target, ast.Name):
                self.names[node.target.id] = node.value
            elif isinstance(node, ast.ClassDef):
                self.classes[node.name] = node
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.functions[node.name] = node
            elif isinstance(node, ast.ImportFrom):
                for one in node.names:
                    if one.name == "*":
                        self.stars.append((node.level, node.module or ""))
                    else:
                        self.imports[one.asname or one.name] = (node.level, node.module or "", one.name)
            elif isinstance(node, ast.Try):
                self.read(node.body)
            elif isinstance(node, ast.If) and not (isinstance(node.test, ast.Compare) and "__main__" in ast.dump(node.test)):
                self.conditional(node)

    def conditional(self, node):
        for name in {target.id for one in ast.walk(node) if isinstance(one, ast.Assign) for target in one.targets if isinstance(target, ast.Name)}:
            self.names[name] = node  # which branch is taken, nobody knows


class Settings:
    """An object of a settings class: what its fields are, by .env and by their defaults."""
    def __init__(self, module, node):
        self.module, self.node = module, node


OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
             ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod}
MISSING = object()


class Evaluator:
    def __init__(self, modules, env):
        self.modules, self.env = modules, env  # env: name -> (value, "file:line")
        self.depth = 0

    def find_module(self, level, dotted, of):
        if level:
            base = of.dotted.split(".")[:-level] if not of.name.endswith("__init__.py") else of.dotted.split(".")[:len(of.dotted.split(".")) - level + 1]
            dotted = ".".join([*base, dotted] if dotted else base)
        for module in self.modules:
            if module.dotted == dotted:
                return module
        ends = [module for module in self.modules if dotted and module.dotted.endswith("." + dotted)]
        return ends[0] if len(ends) == 1 else None

    def lookup(self, name, module, local):
        if name in local:
            return self.value(local[name], module, local) if isinstance(local[name], ast.AST) else local[name]
        if name == "__file__":
            return os.path.abspath(module.path)
        if name in module.names:
            return self.value(module.names[name], module, {})
        if name in module.classes:
            return Settings(module, module.classes[name])
        if name in module.imports:
            level, dotted, original = module.imports[name]
            other = self.find_module(level, dotted, module)
            if other and other is not module:
                return self.lookup(original, other, {})
            inner = self.find_module(level, f"{dotted}.{original}" if dotted else original, module)
            if inner:
                return inner
        for level, dotted in module.stars:
            other = self.find_module(level, dotted, module)
            if other and name in {**other.names, **other.classes, **other.imports}:
                return self.lookup(name, other, {})
        raise Unknown(f"{name} is not known")

    def value(self, node, module, local=None):
        local = local or {}
        self.depth += 1
        try:
            if self.depth > 60:
                raise Unknown("it refers to itself")
            found = self.of_kind(node, module, local)
            if isinstance(found, str) and len(found) > 10000 or isinstance(found, int) and abs(found) > 1 << 62:
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
        if isinstance(node, ast.Name):
            return self.lookup(node.id, module, local)
        if isinstance(node, ast.JoinedStr):
            return "".join(value(part) for part in node.values)
        if isinstance(node, ast.FormattedValue):
            if node.format_spec is not None or node.conversion not in (-1, 115):
                raise Unknown("its format is not understood")
            return str(value(node.value))
        if isinstance(node, ast.BinOp):
            left, right = value(node.left), value(node.right)
            if isinstance(node.op, ast.Div) and isinstance(left, str):
                return os.path.join(left, right)
            if isinstance(node.op, ast.Mult) and not (isinstance(left, (int, float)) and isinstance(right, (int, float))):
                raise Unknown("it has to be computed")
            return OPERATORS[type(node.op)](left, right)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -value(node.operand)
        if isinstance(node, (ast.Tuple, ast.List)):
            return tuple(value(one) for one in node.elts)
        if isinstance(node, ast.Dict):
            return {value(key): self.or_none(one, module, local) for key, one in zip(node.keys, node.values) if key}
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            for one in node.values[:-1]:
                if found := self.or_none(one, module, local):
                    return found
            return value(node.values[-1])
        if isinstance(node, ast.Subscript):
            if ast.unparse(node.value) in ("os.environ", "environ"):
                return self.of_env(value(node.slice))
            return value(node.value)[value(node.slice)]
        if isinstance(node, ast.Attribute):
            return self.attribute(node, module, local)
        if isinstance(node, ast.Call):
            return self.call(node, module, local)
        if isinstance(node, ast.If):
            raise Unknown("it depends on a condition")
        raise Unknown("it has to be computed")

    def or_none(self, node, module, local):
        try:
            return self.value(node, module, local)
        except Unknown:
            return None

    def of_env(self, name, default=MISSING):
        if name in self.env:
            return self.env[name][0]
        if default is MISSING or default is None:
            raise Unknown(f"{name} is in no .env and has no default")
        return default

    def attribute(self, node, module, local):
        if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls") and "self" in local:
            return self.field(local["self"], node.attr)
        holder = self.value(node.value, module, local)
        if isinstance(holder, Settings):
            return self.field(holder, node.attr)
        if isinstance(holder, Module):
            return self.lookup(node.attr, holder, {})
        if isinstance(holder, str) and node.attr == "parent":
            return os.path.dirname(holder)
        if isinstance(holder, str) and node.attr == "value":
            return holder
        raise Unknown(f"{node.attr} is not known")

    def call(self, node, module, local):
        called = ast.unparse(node.func)
        last = called.rsplit(".", 1)[-1]
        plain = {word.arg: word.value for word in node.keywords if word.arg}

        def argument(at, name, default=MISSING):
            found = node.args[at] if len(node.args) > at else plain.get(name)
            return default if found is None else self.value(found, module, local)

        if last in ("getenv", "config", "env") or called in ("os.environ.get", "environ.get", "env.str", "env.int"):
            found = self.of_env(argument(0, "key"), argument(1, "default"))
            cast = ast.unparse(plain["cast"]) if "cast" in plain else ""
            return int(found) if cast == "int" or called == "env.int" else found
        if last == "Field":
            return argument(0, "default")
        if last in ("SecretStr", "str", "Secret", "Path", "PurePath", "make_url", "resolve", "absolute", "abspath", "realpath",
                    "get_secret_value", "as_posix", "render_as_string", "unicode_string", "AnyUrl", "PostgresDsn"):
            if node.args:
                return str(argument(0, ""))
            return self.value(node.func.value, module, local)
        if last == "int":
            return int(argument(0, ""))
        if last in ("quote_plus", "quote") and node.args:
            return {"quote_plus": quote_plus, "quote": quote}[last](str(argument(0, "")), safe=argument(1, "safe", "/" if last == "quote" else ""))
        if last == "dirname":
            return os.path.dirname(argument(0, ""))
        if called.endswith("path.join"):
            return os.path.join(*[self.value(one, module, local) for one in node.args])
        if last in ("build", "create"):
            return self.built_url({name: self.or_none(one, module, local) for name, one in plain.items()})
        if last == "format" and isinstance(node.func, ast.Attribute):
            text = self.value(node.func.value, module, local)
            named = {name: self.value(one, module, local) for name, one in plain.items()}
            if re.search(r"[.\[!:]", "".join(re.findall(r"\{([^}]*)\}", text))):
                raise Unknown("its format is not understood")
            return text.format(*[self.value(one, module, local) for one in node.args], **named)
        if last == "replace" and isinstance(node.func, ast.Attribute):
            return self.value(node.func.value, module, local).replace(argument(0, ""), argument(1, ""))
        if last == "get" and isinstance(node.func, ast.Attribute):
            if isinstance(node.func.value, ast.Name) and node.func.value.id == "values" and "self" in local:
                return self.field(local["self"], argument(0, ""))
            return self.value(node.func.value, module, local)[argument(0, "")]
        if last.startswith("token_") or last in ("urandom", "uuid4"):
            raise Unknown("it is made anew at each start")
        if isinstance(node.func, ast.Name):
            found = self.function_or_class(node.func.id, module)
            if isinstance(found, Settings):
                return found
            if found:
                return self.returned(found[1], found[0], {})
        raise Unknown(f"{called}() is not known")

    def function_or_class(self, name, module):
        if name in module.functions:
            return module, module.functions[name]
        if name in module.classes:
            return Settings(module, module.classes[name])
        if name in module.imports:
            level, dotted, original = module.imports[name]
            other = self.find_module(level, dotted, module)
            return self.function_or_class(original, other) if other and other is not module else None
        return None

    def returned(self, function, module, local):
        """What a function gives that only returns something, perhaps after it has passed on a text."""
        returns = sorted((node for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None), key=lambda node: node.lineno)
        if not returns or len(returns) > 2:
            raise Unknown(f"{function.name}() has to be run", module, function)
        own = {target.id: node.value for node in function.body if isinstance(node, ast.Assign) for target in node.targets if isinstance(target, ast.Name)}
        return self.value(returns[-1].value, module, {**own, **local})

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

    # pydantic's settings, https://docs.pydantic.dev/latest/concepts/pydantic_settings/: a variable comes before the
    # default, in any case of letters, behind env_prefix.
    def field(self, settings, name):
        module, node = settings.module, settings.node
        default, holder = None, node
        for one in self.with_bases(settings):
            for item in one.node.body:
                if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and item.target.id == name:
                    default, holder, module = item.value, item, one.module
                elif isinstance(item, ast.Assign) and any(isinstance(target, ast.Name) and target.id == name for target in item.targets):
                    default, holder, module = item.value, item, one.module
                elif isinstance(item, ast.FunctionDef) and item.name == name:
                    return self.returned(item, one.module, {"self": settings})
        if self.is_pydantic(settings):
            prefix = self.prefix(settings)
            for asked in [*self.aliases(default), prefix + name]:
                for known, (value, _) in self.env.items():
                    if known.lower() == asked.lower():
                        return value
            if (default is None or ast.unparse(default) in ("None", "...", "''", '""')) and (made := self.validator(settings, name)):
                return self.returned(made[1], made[0], {"self": settings})
        if default is None:
            raise Unknown(f"{name} has no value and is in no .env", module, holder)
        return self.value(default, module, {"self": settings, **self.fields(settings)})

    def fields(self, settings):
        """A class body sees what stands above in it."""
        return {target.id: item.value for item in settings.node.body if isinstance(item, (ast.Assign, ast.AnnAssign)) and item.value is not None
                for target in (item.targets if isinstance(item, ast.Assign) else [item.target]) if isinstance(target, ast.Name)}

    def with_bases(self, settings):
        found = []
        for base in settings.node.bases:
            if isinstance(base, ast.Name) and isinstance(one := self.function_or_class(base.id, settings.module), Settings) and one.node is not settings.node:
                found += self.with_bases(one)
        return [*found, settings]

    def is_pydantic(self, settings):
        return any("BaseSettings" in ast.unparse(base) for one in self.with_bases(settings) for base in one.node.bases)

    def prefix(self, settings):
        for one in self.with_bases(settings):
            for node in ast.walk(one.node):
                if isinstance(node, ast.keyword) and node.arg == "env_prefix" and isinstance(node.value, ast.Constant):
                    return node.value.value
                if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "env_prefix" and isinstance(node.value, ast.Constant):
                    return node.value.value
        return ""

    def aliases(self, default):
        if not (isinstance(default, ast.Call) and ast.unparse(default.func).endswith("Field")):
            return []
        return [word.value.value for word in default.keywords if word.arg in ("env", "alias", "validation_alias") and isinstance(word.value, ast.Constant)]

    def validator(self, settings, name):
        for one in self.with_bases(settings):
            for item in one.node.body:
                if isinstance(item, ast.FunctionDef) and any(isinstance(mark, ast.Call) and f"'{name}'" in ast.unparse(mark) for mark in item.decorator_list):
                    return one.module, item
        return None
