# SPDX-License-Identifier: Apache-2.0
# What a look-up in the environment gives: os.getenv(), decouple's, Starlette's, environs' and django-environ's, each with the
# prefix that is put before its names.
import ast
import datetime

# What environs and django-environ make of the text; what is not here is a text too.
CASTS = {"int": int, "float": float, "bool": lambda text: str(text).strip().lower() in ("true", "t", "1", "yes", "y", "on", "ok"), "timedelta": lambda text: text if isinstance(text, datetime.timedelta) else datetime.timedelta(seconds=int(text))}
TEXTS_OF_ENV = ("str", "url", "path", "db", "db_url", "dj_db_url", "get_value")


class NodeVariables:
    """Node's process.env, as an object that is handed on."""
    def __init__(self, module):
        self.module = module


class Variables:
    """The part of Evaluator (evaluate.py) that is about the environment."""
    def env_of(self, module):
        found = self.env.of_module(module.name)
        if isinstance(found, str):
            raise Unknown(found)
        return {**self.env.compose, **found} if self.env.compose else found

    def of_env(self, name, module, default=None, variables=None):
        """default: what gives it, if there is one."""
        variables = self.env_of(module) if variables is None else variables
        if name not in variables and name in self.env.compose:
            variables = self.env.compose
        if name in variables:
            value, where = variables[name]
            self.sources.append((name, value, where))
            return value
        found = default() if default else None
        if found is None:
            raise Unknown(f"{name} is in no .env and has no default")
        return found

    def of_variable(self, node, called, module, local):
        """What a call looks up; MISSING: it looks up nothing."""
        if isinstance(node.func, ast.Name) and isinstance(local.get(node.func.id), Settings):  # noqa: F821 a class, whatever it is called
            return MISSING  # noqa: F821
        plain = {word.arg: word.value for word in node.keywords if word.arg}
        holder, _, last = called.rpartition(".")
        is_env = self.is_env(holder, module)
        if called in ("env.db", "env.db_url", "dj_database_url.config") or is_env and last in ("db", "db_url", "dj_db_url"):  # the URL: from_django() knows what it stands for
            name, usual, variables = "env" if last == "config" else "var", ast.Constant("DATABASE_URL"), None
        elif last in ("getenv", "config", "env") or called in ("os.environ.get", "environ.get") or is_env and (last in CASTS or last in TEXTS_OF_ENV) or not holder and self.is_env(last, module):
            name, usual, variables = "key", None, self.variables_of(node.func, module)
        else:
            return MISSING  # noqa: F821 it stands behind (evaluate.py)
        given = node.args[0] if node.args else plain.get(name, usual)
        if given is None:
            raise KeyError(name)
        default = node.args[1] if len(node.args) > 1 else plain.get("default")
        called_by = last if not holder else holder
        key = self.prefix_of(node, called_by, module) + self.value(given, module, local)
        found = self.of_env(key, module, (lambda: self.value(default, module, local)) if default is not None else None, variables)
        cast = ast.unparse(plain["cast"]) if "cast" in plain else last
        return CASTS[cast](found) if cast in CASTS and (is_env or cast == "int") and found is not None else found

    def is_env(self, name, module):
        """An object of environs' or django-environ's, wherever it is made."""
        if name == "env":
            return True
        for _ in range(4):
            made = module.names.get(name)
            if made is not None or name not in module.imports:
                break
            level, dotted, name = module.imports[name]
            if (module := self.find_module(level, dotted, module)) is None:
                return False
        return isinstance(made, ast.Call) and ast.unparse(made.func).rsplit(".", 1)[-1] in ("Env", "FileAwareEnv")

    def prefix_of(self, node, holder, module):
        """`with env.prefixed("JWT_"):`, of several the outer first; and what the object was made with, or was given later."""
        home, name = module, holder
        for _ in range(4):
            if name in home.names or name not in home.imports:
                break
            level, dotted, original = home.imports[name]
            if (other := self.find_module(level, dotted, home)) is None:
                break
            home, name = other, original
        made = home.names.get(name)
        words = {word.arg: word.value for word in made.keywords} if isinstance(made, ast.Call) else {}
        given = home.prefixes.get(name) or words.get("prefix") or words.get("env_prefix")
        return "".join([str(self.value(given, home) or "") if given is not None else "", *[str(self.value(one, module)) for other, one in getattr(node, "prefixes", []) if other == holder]])

    def variables_of(self, function, module):
        """Of `config = Config(".env.prod")`, Starlette's and decouple's: that file; else the environment."""
        if isinstance(function, ast.Name) and module.imports.get(function.id, ("", "", ""))[1:] == ("decouple", "config"):
            found = self.env.of_decouple(module.name)
            if found and any("%" in value and where.rsplit(":", 1)[0].endswith(".ini") for value, where in found.values()):
                raise Unknown("a % in settings.ini stands for something else")
            return found
        made = module.names.get(function.id) if isinstance(function, ast.Name) else None
        if isinstance(made, ast.Call) and ast.unparse(made.func).endswith("Config"):
            given = made.args[0] if made.args else next((word.value for word in made.keywords if word.arg in ("env_file", "repository")), None)
            if isinstance(given, ast.Call) and given.args:
                given = given.args[0]
            if given is not None and self.env.files:
                name = self.env.named(self.value(given, module), module.name, self.folder)
                return self.env.files.get(name, {})
        return None
