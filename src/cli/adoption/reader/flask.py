# SPDX-License-Identifier: Apache-2.0
# What Flask's app.config is read from: classes, files of Python, JSON, TOML or YAML, and variables with a prefix. Of what is
# said one after the other in one function the last counts; elsewhere several answers are a guess, as find.py tells.
import ast
import json
import os

# The settings of what connects to MySQL: host, user, password, database and port. https://flask-mysqldb.readthedocs.io/,
# https://flask-mysql.readthedocs.io/
OF_MYSQL = {"flask_mysqldb": "MYSQL_HOST MYSQL_USER MYSQL_PASSWORD MYSQL_DB MYSQL_PORT", "flaskext.mysql": "MYSQL_DATABASE_HOST MYSQL_DATABASE_USER MYSQL_DATABASE_PASSWORD MYSQL_DATABASE_DB MYSQL_DATABASE_PORT",
            "flask_mysql_connector": "MYSQL_HOST MYSQL_USER MYSQL_PASSWORD MYSQL_DATABASE MYSQL_PORT"}
READS_CONFIG = ("from_object", "from_pyfile", "from_envvar", "from_prefixed_env", "from_file", "from_json")


class FlaskConfig:
    """The part of Finder (find.py) that is about app.config."""
    def read_flask(self):
        self.unread_config, self.config_order = [], []  # the latter: (function, line, name, module, item, whether it is certain)
        for module in list(self.modules):
            for item in module.items:
                self.config_order.append((module.function_around(item[1]), item[1].lineno, item[0], module, item, self.is_certain(item[1], module)))
        for module, call in self.evaluator.calls(*READS_CONFIG):
            if not isinstance(call.func, ast.Attribute) or not module.is_config(call.func.value):
                continue
            try:
                found = getattr(self, "of_" + call.func.attr)(module, call)
            except Unknown as unknown:
                if call.func.attr != "from_object":  # those of its classes that are used are found by their names
                    where = f"{module.name}:{call.lineno}"
                    self.unread_config.append((where, unknown.why))
                    self.not_found.append((where, f"what {call.func.attr}() reads: {unknown.why}"))
                continue
            for name, holder, node in found:
                if isinstance(name, str) and name.isupper():
                    item = (name, node)
                    holder.items.append(item)
                    self.config_order.append((module.function_around(call), call.lineno, name, holder, item, self.is_certain(call, module)))
        self.leave_the_last()

    def leave_the_last(self):
        for function, line, name, _, item, certain in self.config_order:
            if certain:
                for other, before, called, module, old, _ in self.config_order:
                    if other is function and called == name and before < line and old is not item and old in module.items:
                        module.items.remove(old)

    def is_certain(self, node, module):
        """Whether it is run whenever its function is."""
        for one in module.around(node):
            if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)):
                return True
            if isinstance(one, (ast.If, ast.For, ast.While, ast.Match, ast.ExceptHandler, ast.IfExp)):
                return False
        return True

    def tell_unread_config(self):
        """What was not understood may say otherwise."""
        for where, why in self.unread_config:
            for what in ("database_url", "secret_key"):
                if what in self.found:
                    self.guess(what, f"What is read at {where} was not understood ({why}), and may say otherwise: the {CALLED[what]} of {self.found[what][1]} is taken", where)  # noqa: F821

    def from_flask_mysql(self):
        imported = {dotted: f"{module.name}:1" for module in self.modules for _, dotted, _ in module.imports.values()}
        for library in OF_MYSQL if "database_url" not in self.found else ():
            said = {name: (node, module) for module, name, node in self.config_items() if name in OF_MYSQL[library].split()}
            names = OF_MYSQL[library].split()
            if library not in imported or names[3] not in said:
                continue
            place = f"{said[names[3]][1].name}:{said[names[3]][0].lineno}"
            try:
                host, user, password, database, port = (self.evaluator.of_config(name) if name in said else None for name in names)
            except Unknown as unknown:  # noqa: F821
                self.engine_unknown.append((unknown.where or place, unknown.why))
                self.not_found.append((unknown.where or place, f"database_url: {unknown.why}"))
                return
            self.note("database_url", self.url("mysql", user, password, host, port, database), place)

    def given(self, call, module, at, *names):
        node = call.args[at] if len(call.args) > at else next((word.value for word in call.keywords if word.arg in names), None)
        if node is None:
            return None
        return self.evaluator.value(node, module, self.around(node, module))

    def config_folder(self):
        """Flask's root_path, or its instance folder."""
        made = self.calls("Flask")
        if len(made) != 1:
            raise Unknown("which folder its configuration is read from is not clear")  # noqa: F821
        module, call = made[0]
        if any(word.arg == "root_path" for word in call.keywords):
            raise Unknown("which folder its configuration is read from has to be computed")  # noqa: F821
        if any(word.arg == "instance_relative_config" and ast.unparse(word.value) == "True" for word in call.keywords):
            return self.evaluator.instance_path(module)
        return os.path.dirname(os.path.abspath(module.path))

    def config_file(self, name, silent):
        """Opened, or nothing, where it need not be there."""
        if not isinstance(name, str):
            raise Unknown("which file is read has to be computed")  # noqa: F821
        full = os.path.join(self.config_folder(), name)
        if not os.path.isfile(full) and silent:
            return None
        home = Module(os.path.join(self.folder, "flask"), "flask", ast.parse(""))  # noqa: F821 its names count from the folder
        return self.evaluator.opened(full, home)

    def of_from_object(self, module, call):
        given = self.given(call, module, 0, "obj")
        if isinstance(given, str):
            found = self.evaluator.find_module(0, given, module)
            if not found:
                dotted, _, name = given.rpartition(".")
                home = self.evaluator.find_module(0, dotted, module)
                found = Settings(home, home.classes[name]) if home and name in home.classes else None  # noqa: F821
            given = found
        if isinstance(given, Module):  # noqa: F821
            return [(name, given, node) for name, node in given.names.items()]
        if not isinstance(given, Settings):  # noqa: F821
            raise Unknown("what it is read from is not understood")  # noqa: F821
        fields = {}
        self.config_classes.add(given.node)
        for one in self.evaluator.with_bases(given):
            for item in one.node.body:
                for name in self.names_of(item) if not isinstance(item, ast.FunctionDef) else []:
                    if getattr(item, "value", None) is not None:
                        fields[name] = one.module, item.value
        return [(name, home, node) for name, (home, node) in fields.items()]

    def of_from_pyfile(self, module, call, name=None):
        silent = any(word.arg == "silent" and ast.unparse(word.value) == "True" for word in call.keywords)
        file = self.config_file(name or self.given(call, module, 0, "filename"), silent)
        if file is None:
            return []
        home = next((one for one in self.modules if one.name == file.name), None)
        if home is None:
            try:
                home = Module(os.path.join(self.folder, file.name), file.name, ast.parse(file.text))  # noqa: F821
            except SyntaxError as error:
                raise Unknown(f"{file.name}:{error.lineno} is no Python") from None  # noqa: F821
            self.modules.append(home)
        return [(name, home, node) for name, node in home.names.items()]

    def of_from_envvar(self, module, call):
        name = self.given(call, module, 0, "variable_name")
        silent = any(word.arg == "silent" and ast.unparse(word.value) == "True" for word in call.keywords)
        variables = self.evaluator.env_of(module)
        if name not in variables and silent:
            return []
        if name not in variables:
            raise Unknown(f"{name} is in no .env and has no default")  # noqa: F821
        return self.of_from_pyfile(module, call, variables[name][0])

    def of_from_prefixed_env(self, module, call):
        if any(word.arg == "loads" for word in call.keywords):
            raise Unknown("how variables are read has to be computed")  # noqa: F821
        prefix, found = self.given(call, module, 0, "prefix") or "FLASK", []
        for name, (text, _) in self.evaluator.env_of(module).items():
            key = name.removeprefix(f"{prefix}_")
            if key == name or "__" in key:
                continue
            node = ast.Subscript(ast.Attribute(ast.Name("os", ast.Load()), "environ", ast.Load()), ast.Constant(name), ast.Load())
            try:
                node = ast.Constant(json.loads(text))
            except ValueError:
                pass
            self.config_variables.add(name)
            found.append((key, module, ast.fix_missing_locations(ast.copy_location(node, call))))
        return found

    def of_from_json(self, module, call):
        return self.of_from_file(module, call, "json")

    def of_from_file(self, module, call, library=None):
        if library is None:
            load = call.args[1] if len(call.args) > 1 else next((word.value for word in call.keywords if word.arg == "load"), None)
            library = ast.unparse(load).split(".")[0] if load is not None else ""
            if library not in READ_BY or ast.unparse(load).rsplit(".", 1)[-1] not in READ_BY[library]:  # noqa: F821
                raise Unknown("how the file is read is not understood")  # noqa: F821
        silent = any(word.arg == "silent" and ast.unparse(word.value) == "True" for word in call.keywords)
        file = self.config_file(self.given(call, module, 0, "filename"), silent)
        if file is None:
            return []
        try:
            content = self.evaluator.parsed_file(library, file, ast.Call(call.func, [], []), module)
        except ValueError as error:
            raise Unknown(f"{file.name} is not read: {error}") from None  # noqa: F821
        home = Module(os.path.join(self.folder, file.name), file.name, ast.parse(""))  # noqa: F821
        self.modules.append(home)
        return [(key, home, ast.Constant(value, lineno=int(content.places[key].rsplit(":", 1)[1]), col_offset=0)) for key, value in content.items() if not isinstance(value, ast.AST)] if isinstance(content, Entries) else []  # noqa: F821
