# SPDX-License-Identifier: Apache-2.0
# Objects in which frameworks put an application's settings: `django.conf.settings`, which is the module that manage.py
# names, and dynaconf's (https://www.dynaconf.com/configuration/), which are made of several files and of variables.
import ast
import os
import re

DYNACONF = ("Dynaconf", "LazySettings", "DjangoDynaconf", "FlaskDynaconf")
ASKED = {"settings_files", "settings_file", "environments", "secrets", "envvar_prefix", "env_switcher", "env"}  # of its words
OTHERWISE = {"loaders", "core_loaders", "includes", "settings_module", "preload", "default_env", "main_env", "filtering_strategy"}
USUAL_FILES = ("settings.toml", "settings.yaml", "settings.yml", "settings.ini", "settings.json", "settings.py", ".secrets.toml", ".secrets.yaml", ".secrets.yml", ".secrets.json")


class Dynaconf(dict):
    """Its settings: NAME -> (value, where); names have no case."""
    def __getitem__(self, name):
        return super().__getitem__(str(name).upper())

    def __contains__(self, name):
        return super().__contains__(str(name).upper())


class Frameworks:
    """The part of Evaluator (evaluate.py) that is about such objects."""
    def of_framework(self, name, module):
        """The object that is imported under a name; MISSING: it is none of a framework's."""
        if module.imports.get(name) == (0, "django.conf", "settings"):
            return self.django_settings()
        if module.imports.get(name) == (0, "dynaconf", "settings"):
            return self.dynaconf({}, module)
        return MISSING  # noqa: F821 it stands behind (evaluate.py)

    def django_settings(self):
        named = {text for module in self.modules for text in re.findall(r"[\"']DJANGO_SETTINGS_MODULE[\"'],\s*[\"']([\w.]+)[\"']", ast.unparse(module.tree) if os.path.basename(module.name) in ("manage.py", "wsgi.py", "asgi.py") else "")}
        found = [one for one in (self.find_module(0, name, self.modules[0]) for name in named) if one]
        found = found or [module for module in self.modules if "INSTALLED_APPS" in module.names]
        if len(found) != 1:
            raise Unknown("which module has Django's settings is not clear")  # noqa: F821
        return found[0]

    def made_by_dynaconf(self, node, called, module, local):
        if called.rsplit(".", 1)[-1] not in DYNACONF or module.imports.get(called.split(".")[0], ("", called.split(".")[0], ""))[1].split(".")[0] != "dynaconf":
            return MISSING  # noqa: F821
        if any(word.arg is None for word in node.keywords):
            raise Unknown("what dynaconf reads is not understood")  # noqa: F821
        return self.dynaconf({word.arg: self.value(word.value, module, local) if word.arg in ASKED else None for word in node.keywords}, module)

    def dynaconf(self, words, module):
        """Files one after the other, of each what holds everywhere and then what is of the running environment, and at last
        variables with the prefix."""
        prefix = words.get("envvar_prefix", "DYNACONF")
        if set(words) & OTHERWISE or not isinstance(prefix, (str, bool)) or "," in str(prefix) or prefix is True:
            raise Unknown("what dynaconf reads is not understood")  # noqa: F821
        files = words.get("settings_files", words.get("settings_file", USUAL_FILES))
        files = [*(files if isinstance(files, tuple) else [files]), *([words["secrets"]] if words.get("secrets") else [])]
        variables, found = self.env.all(), Dynaconf()
        prefix = prefix or ""  # False: all variables
        running = variables.get(words.get("env_switcher", "ENV_FOR_DYNACONF"), (words.get("env", "development"),))[0].lower()
        layers = bool(words.get("environments", False))
        for file in files:
            for name, content in self.of_settings_file(str(file), module):
                tables = [table for wanted in ("default", running, "global") for key, table in content.items() if str(key).lower() == wanted and isinstance(table, dict)] if layers else [content]
                for table in tables:
                    for key, value in table.items():
                        found[str(key).upper()] = value, table.places.get(key, f"{name}:1")
                self.tell_other_layers(content, running, layers)
        for key, (value, where) in variables.items():
            if key.upper().startswith(f"{prefix}_".upper() if prefix else ""):
                name, _, inner = key[len(prefix) + 1 if prefix else 0:].upper().partition("__")
                if inner or value.startswith("@"):
                    value = lost(f"{key} says a part of it, or how it is read", ast.Constant(value, lineno=0, col_offset=0))  # noqa: F821
                found[name] = value, where
        return found

    def tell_other_layers(self, content, running, layers):
        """A setting that is another one where the application runs for others is a doubt."""
        others = {key: table for key, table in content.items() if isinstance(table, dict) and str(key).lower() not in (running, "default", "global")} if layers else {}
        for key, table in others.items():
            for mine in [one for wanted, one in content.items() if str(wanted).lower() in (running, "default") and isinstance(one, dict)]:
                for name in set(table) & set(mine):
                    if table[name] != mine[name]:
                        self.doubts.setdefault(mine.places[name], f"{table.places[name]} says something else of {name}, for {key}: that of {mine.places[name]} is taken")

    def of_settings_file(self, file, module):
        """(name, what stands in it) of a file and of its `.local` one, where they are there."""
        base, ending = os.path.splitext(file)
        for one in (file, f"{base}.local{ending}"):
            try:
                opened = self.opened(one, module)
            except Unknown as unknown:  # noqa: F821
                if "is not there" not in unknown.why:
                    raise
                continue
            library = {".toml": "tomllib", ".yaml": "yaml", ".yml": "yaml", ".json": "json"}.get(ending)
            if library is None:
                raise Unknown(f"{opened.name} is of a kind that is not read")  # noqa: F821
            content = self.parsed_file(library, opened, ast.Call(ast.Name("load", ast.Load()), [], []), module)
            if isinstance(content, Entries):  # noqa: F821
                yield opened.name, content

    def of_dynaconf(self, holder, name):
        if name not in holder:
            raise Unknown(f"{name} is in none of the files of dynaconf")  # noqa: F821
        value, where = holder[name]
        value = self.unless_lost(value)
        self.sources.append((name, value, where))
        return value
