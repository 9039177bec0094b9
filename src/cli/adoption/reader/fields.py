# SPDX-License-Identifier: Apache-2.0
# What the fields of a settings class are: pydantic's (https://docs.pydantic.dev/latest/concepts/pydantic_settings/), where
# what it is made with comes before the environment, that before its files, those before secrets_dir, and that before the
# default; and plain ones.
import ast
import itertools
import json
import os
import re


class Fields:
    """The part of Evaluator (evaluate.py) that is about classes."""
    def field(self, settings, name):
        if name in settings.now:
            return self.unless_lost(settings.now[name])
        if not settings.is_before and (found := self.set_later(settings, name)) is not MISSING:
            return found
        found = self.declared(settings, name)
        if found is None:
            raise Unknown(f"{name} is not known")
        item, module = found
        if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return self.returned(item, module, {"self": settings, "cls": settings})
        self.refuse_other_sources(settings.root or settings)
        self.refuse_other_setters(settings, name)
        default, annotation = item.value, getattr(item, "annotation", None)
        inner = self.class_of(annotation, module)
        # Where functions of the class may set it, those are run first, with what is said here in their hands.
        if not settings.is_made and (made := self.of_setters(settings, name)) is not MISSING:
            return made
        text = self.of_variables(settings, name, default, annotation)
        if inner:
            return self.inner_settings(settings, name, inner, default, module, text)

        def checked(value):
            return self.validated(settings, name, value, annotation, module)
        if text is not MISSING:
            return checked(text)
        if name in settings.arguments:
            return checked(self.value(*settings.arguments[name]))
        is_empty = default is None or ast.unparse(default) in ("None", "Field(None)", "''", '""')
        if is_empty and self.is_pydantic(settings) and self.validators(settings, name):
            return checked(self.or_none(default, module, {}) if default is not None else None)
        if default is None:
            raise Unknown(f"{name} has no value and is in no .env", module, item)
        local = {"self": settings, **self.fields(settings), **self.of_init(settings, name)}
        return checked(self.value(default, module, local))

    def declared(self, settings, name):
        """(the statement, its module); a class comes before what it inherits from."""
        found = None
        for one in self.with_bases(settings):
            for item in one.node.body:
                named = [item.target] if isinstance(item, ast.AnnAssign) else item.targets if isinstance(item, ast.Assign) else []
                if any(isinstance(target, ast.Name) and target.id == name for target in named) or getattr(item, "name", None) == name and not isinstance(item, ast.ClassDef):
                    found = item, one.module
                elif isinstance(item, ast.FunctionDef) and item.name == "__init__":
                    for node in ast.walk(item):
                        if isinstance(node, (ast.Assign, ast.AnnAssign)) and any(ast.unparse(target) == f"self.{name}" for target in targets_of(node)):
                            found = node, one.module
        return found

    def of_init(self, settings, name):
        made = next((item for item in settings.node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"), None)
        if not made or not any(f"self.{name}" == ast.unparse(target) for node in ast.walk(made) for target in targets_of(node)):
            return {}
        calls = self.calls(settings.node.name)
        if len(calls) != 1:
            return self.own_names(made, settings.module)
        module, call = calls[0]
        names = [argument.arg for argument in made.args.args]
        given = {name: Bound(one, Scope(settings.module)) for name, one in zip(names[len(names) - len(made.args.defaults):], made.args.defaults)}
        given |= {name: Bound(one, Scope(module, module.function_around(call))) for name, one in [*zip(names[1:], call.args), *((word.arg, word.value) for word in call.keywords)]}
        return {**self.own_names(made, settings.module), **given}

    def of_variables(self, settings, name, default, annotation):
        """Of the environment and the files that the class reads; MISSING: nothing."""
        if settings.path:
            root = settings.root or settings
            found = self.of_names(root, [settings.path + name])
            if found is not MISSING:
                return found
        if name in settings.arguments or not self.is_pydantic(settings):
            return MISSING
        aliases = self.aliases(settings, name, default, annotation)
        asked = aliases or []
        if not aliases or self.says(settings, "populate_by_name") or self.says(settings, "validate_by_name"):
            asked = [*asked, self.prefix(settings) + name]
        return self.of_names(settings, asked)

    def of_names(self, settings, asked):
        is_exact = self.says(settings, "case_sensitive")
        for variables in itertools.chain(self.variables(settings), self.of_secrets(settings)):
            for one in asked:
                for known, (value, where) in variables.items():
                    is_it = known == one if is_exact else known.lower() == one.lower()
                    if is_it and not (value == "" and self.says(settings, "env_ignore_empty")):
                        self.sources.append((known, value, where))
                        return value
        return MISSING

    def variables(self, settings):
        """What is asked one after the other: the environment, then the files of the class, the last of them first."""
        given = settings.arguments.get("_env_file") or self.setting(settings, "env_file")
        if given is None or isinstance(given[0], ast.Constant) and given[0].value is None:
            return [self.env_of(settings.module)]
        files = self.value(*given)
        if not all(isinstance(one, str) for one in (files if isinstance(files, tuple) else [files])):
            raise Unknown("which .env is read has to be computed", given[1], given[0])
        found = [self.env.of_module(settings.module.name)] if self.env.loads else [self.env_of(settings.module)] if not self.env.files else []
        if found and isinstance(found[0], str):
            raise Unknown(found[0], given[1], given[0])
        for one in reversed(files if isinstance(files, tuple) else [files]):
            name = self.env.named(one, settings.module.name, self.folder) if self.env.files else None
            if name and name not in self.env.asked:
                self.env.asked.append(name)
            found.append(self.env.files[name] if name else {})
        return [*found, self.env.compose]

    def of_secrets(self, settings):
        """What stands in secrets_dir, a file for each name: asked last, the last of several folders first. One that is not
        here may be where the application runs, and what it says is not known."""
        given = settings.arguments.get("_secrets_dir") or self.setting(settings, "secrets_dir")
        folders = self.value(*given) if given else None
        for folder in reversed(folders if isinstance(folders, tuple) else [folders] if folders else []):
            places = [os.path.join(self.folder, above, str(folder)) for above in Environment({}).above(settings.module.name)]
            place = next((os.path.normpath(one) for one in places if os.path.isdir(one)), None)
            if place is None or not is_within(os.path.realpath(place), os.path.realpath(self.folder)):
                raise Unknown(f"it may stand in {folder}, which is not in the folder of the application", given[1], given[0])
            found = {}
            for name in sorted(os.listdir(place)):
                path = os.path.join(place, name)
                if os.path.isfile(path) and os.path.getsize(path) <= LONGEST_VALUE:
                    with open(path, encoding="utf-8", errors="replace") as file:
                        found[name] = (file.read().strip(), f"{os.path.relpath(path, self.folder)}:1")
            yield found

    def refuse_other_sources(self, settings):
        """A class that says where its fields are from may read files of any kind, and in any order."""
        for one in self.with_bases(settings) if self.is_pydantic(settings) else []:
            for item in one.node.body:
                if isinstance(item, ast.FunctionDef) and item.name in ("settings_customise_sources", "customise_sources"):
                    last = item.body[-1]
                    said = [ast.unparse(source) for source in last.value.elts] if isinstance(last, ast.Return) and isinstance(last.value, ast.Tuple) else []
                    if said not in (["init_settings", "env_settings", "dotenv_settings", "file_secret_settings"], ["init_settings", "env_settings", "file_secret_settings"]):
                        raise Unknown(f"{item.name}() says where it is from", one.module, item)

    def inner_settings(self, settings, name, inner, default, module, text):
        """Of a class within a class: env_nested_delimiter joins the names."""
        root = settings.root or settings
        delimiter = self.text_of(root, "env_nested_delimiter")
        path = (settings.path or self.prefix(root)) + name + delimiter if delimiter and self.is_pydantic(root) else ""
        arguments = {}
        if text is not MISSING:
            try:
                read = json.loads(text)
                arguments = {key: (ast.copy_location(ast.Constant(value), inner.node), module, {}) for key, value in read.items()}
            except (ValueError, AttributeError):
                raise Unknown(f"{name} is no JSON") from None
        elif name in settings.arguments:
            made = self.value(*settings.arguments[name])
            arguments = made.arguments if isinstance(made, Settings) else {}
        elif default is not None and not (path and any(known.lower().startswith(path.lower()) for one in self.variables(root) for known in one)):
            made = self.or_none(default, module, {"self": settings})
            if isinstance(made, Settings):
                inner, arguments = made, made.arguments
        return Settings(inner.module, inner.node, arguments, path, root)

    def class_of(self, annotation, module):
        """A model or settings class that a field is of."""
        if annotation is None:
            return None
        for node in ast.walk(annotation):
            name = node.id if isinstance(node, ast.Name) else node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            found = self.function_or_class(name, module) if name else None
            if isinstance(found, Settings) and any(text in ast.unparse(base) for one in self.with_bases(found) for base in one.node.bases for text in ("BaseModel", "BaseSettings")):
                return found
        return None

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

    def is_first_pydantic(self, settings):
        return any(one.module.imports.get("BaseSettings", ("", "", ""))[1] in ("pydantic", "pydantic.v1") for one in self.with_bases(settings))

    # What the class says of itself: model_config, class Config, or words behind its bases.
    def setting(self, settings, wanted):
        found = None
        for one in self.with_bases(settings):
            said = list(one.node.keywords)
            for item in one.node.body:
                if isinstance(item, (ast.Assign, ast.AnnAssign)) and ast.unparse(targets_of(item)[0]) == "model_config":
                    said += item.value.keywords if isinstance(item.value, ast.Call) else [ast.keyword(key.value, value) for key, value in zip(item.value.keys, item.value.values)] if isinstance(item.value, ast.Dict) else []
                elif isinstance(item, ast.ClassDef) and item.name == "Config":
                    said += [ast.keyword(ast.unparse(target), inner.value) for inner in item.body if isinstance(inner, (ast.Assign, ast.AnnAssign)) for target in targets_of(inner)]
            found = next(((word.value, one.module, {}) for word in said if word.arg == wanted), found)
        return found

    def says(self, settings, wanted):
        found = self.setting(settings, wanted)
        return bool(found and self.or_none(*found))

    def text_of(self, settings, wanted):
        found = self.setting(settings, wanted)
        return str(self.value(*found) or "") if found else ""

    def prefix(self, settings):
        return self.text_of(settings, "env_prefix")

    def aliases(self, settings, name, default, annotation):
        """The variables that a field is read from instead of its name; None: its name."""
        calls = [node for node in ast.walk(annotation) if isinstance(node, ast.Call)] if annotation is not None else []
        calls += [default] if isinstance(default, ast.Call) else []
        words = {word.arg: word.value for call in calls if ast.unparse(call.func).endswith("Field") for word in call.keywords}
        is_first = self.is_first_pydantic(settings)
        given = next((words[word] for word in (("env",) if is_first else ("validation_alias", "alias", "env")) if word in words), None)
        if is_first and given is None and (listed := self.setting(settings, "fields")):
            one = (self.value(*listed) or {}).get(name)
            given = ast.Constant(one.get("env") if isinstance(one, dict) else one) if one else None
        if given is None:
            return None
        if isinstance(given, ast.Call) and ast.unparse(given.func).endswith("AliasChoices"):
            return [self.value(one, settings.module) for one in given.args]
        found = self.value(given, settings.module)
        return list(found) if isinstance(found, tuple) else [found]

    # Validators run on values of the environment and on defaults alike.
    def validators(self, settings, name):
        """(module, function, when) of a field, in the order in which they are run."""
        found = []
        for one in self.with_bases(settings):
            for item in one.node.body:
                for mark in item.decorator_list if isinstance(item, ast.FunctionDef) else []:
                    if isinstance(mark, ast.Call) and re.fullmatch(r"(\w+\.)*(field_)?validator", ast.unparse(mark.func)) and any(constant(given) in (name, "*") for given in mark.args):
                        words = {word.arg: constant(word.value) for word in mark.keywords}
                        found.append((one.module, item, BEFORE if words.get("pre") else words.get("mode") or AFTER))
        # One of the same name in a class replaces that of the class that it inherits from.
        last = {item.name: number for number, (_, item, _) in enumerate(found)}
        found = [one for number, one in enumerate(found) if last[one[1].name] == number]
        first = [one for one in found if one[2] == BEFORE]
        if not self.is_first_pydantic(settings):  # the second one puts each around those before it
            first.reverse()
        return first + [one for one in found if one[2] != BEFORE]

    def of_validator(self, function, settings, value):
        names = [argument.arg for argument in function.args.args]
        names = names[1:] if names[:1] in (["cls"], ["self"]) else names
        return {"self": settings, **dict(zip(names, [value, Values(settings)]))}

    def validated(self, settings, name, value, annotation=None, home=None):
        if not self.is_pydantic(settings):
            return value
        marked = [node for node in ast.walk(annotation) if isinstance(node, ast.Call) and last_of(node) in CHECKS_OF_FIELDS] if annotation is not None else []
        for module, made, when in self.validators(settings, name):
            if when == AROUND:
                raise Unknown("a validator makes it", module, made)
            value = self.returned(made, module, self.of_validator(made, settings, value))
        for node in marked:
            found = self.function_or_class(node.args[0].id, home) if node.args and isinstance(node.args[0], ast.Name) else None
            if found is None or isinstance(found, Settings) or CHECKS_OF_FIELDS[last_of(node)] == AROUND:
                raise Unknown(f"{ast.unparse(node.args[0]) if node.args else 'a validator'}() makes it", home, node)
            value = self.returned(found[1], found[0], self.of_validator(found[1], settings, value))
        return value


def last_of(call):
    return ast.unparse(call.func).rsplit(".", 1)[-1]
