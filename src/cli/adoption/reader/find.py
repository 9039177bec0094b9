# SPDX-License-Identifier: Apache-2.0
# Prints as JSON what an application is configured with: its database, the key and the life of its tokens, by whom people
# are told apart. Run as `python3 -I -S - FOLDER`, behind the other parts (cmake/reader.cmake).
import ast
import itertools
import os
import re

SKIPPED = {"venv", ".venv", "env", "node_modules", "site-packages", ".git", "__pycache__", "tests", "test", "build", "dist", ".tox", "vendor"}
OF_TESTS = re.compile(r"^(test_.*|.*_tests?|conftest|tests?)\.py$")
CALLED = {"database_url": "database", "secret_key": "key", "expire_minutes": "life of tokens"}
MOST_FILES, LARGEST, DEEPEST = 2000, 1_000_000, 6
MOST_TEXT, MOST_IN_ENV_FILES = 64_000_000, 16_000_000  # of all files together: it is held in memory


def files_of(folder):
    found, size, scripts = [], 0, 0
    for place, folders, names in os.walk(folder):
        depth = os.path.relpath(place, folder).count(os.sep)
        folders[:] = sorted(name for name in folders if name not in SKIPPED and depth < DEEPEST)
        is_node = not NODE_SKIPPED.intersection(os.path.relpath(place, folder).split(os.sep))
        for name in sorted(names):
            path = os.path.join(place, name)
            wanted = name.endswith((".py", ".toml", ".prisma", ".env")) or name.startswith(".env.") or COMPOSE_FILE.match(name) or name in ("alembic.ini", "settings.ini", "package.json", "composer.json")
            if is_node and is_node_file(name) and scripts < MOST_NODE_FILES and os.path.isfile(path) and os.path.getsize(path) < min(LARGEST_NODE_FILE, MOST_TEXT - size):
                found.append(path)
                size, scripts = size + os.path.getsize(path), scripts + 1
            elif wanted and not OF_TESTS.match(name) and len(found) - scripts < MOST_FILES and os.path.isfile(path) and os.path.getsize(path) < min(LARGEST, MOST_TEXT - size):
                found.append(path)
                size += os.path.getsize(path)
    return sorted(found, key=lambda path: (path.count(os.sep), path))


class Finder(TokenFinder, RestFramework, DatabaseFinder, PlaceFinder, UserFinder, GivenFinder, ModelFinder, RegistrationFinder, HashFinder, FlaskConfig, EnvFiles, ContainerFinder, NodeFiles, NodeReader, NodeSigning):  # noqa: F821 they stand before this one
    reads_node = True

    def __init__(self, folder):
        self.folder, self.modules, self.found, self.not_found, self.guesses = folder, [], {}, [], []
        self.texts, self.made, self.is_signed_otherwise = {}, None, False
        self.models, self.defaults = [], []
        self.keys_of_libraries = []  # what objects of libraries were made with: (expression, scope, where)
        self.usual_life = None  # of tokens, by their library: (minutes, where)
        self.doubts = {}  # "file:line" -> why what stands there may be read otherwise
        self.config_classes, self.config_variables = set(), set()  # what app.config was seen to be read from
        self.engine_unknown, self.engine_places, self.engine_found, self.size_of_env_files = [], [], False, 0
        self.known_node_calls, self.known_module_options, self.known_signatures = None, None, {}
        variables = {}
        for path in files_of(folder):
            self.texts[os.path.relpath(path, folder)] = (path, self.text_of(path))
        for name, (path, text) in self.texts.items():
            if name.endswith(".py"):
                self.read_python(name, path)
        if self.reads_node:
            self.read_node()
        for name, (_, text) in self.texts.items():  # by whose rules depends on which Python there is
            if not name.endswith((".py", ".toml", ".prisma", ".ini", ".json", ".yml", ".yaml")) and not NODE_FILE.search(name):
                variables[name] = self.read_env(name, text)
        self.env = Environment(variables)
        self.env.texts = self.texts
        self.env.compose = of_compose(self.texts, variables)
        self.evaluator = Evaluator(self.modules, self.env, folder)
        self.evaluator.doubts = self.doubts
        self.find_loads()
        self.carefully(self.read_flask)

    def text_of(self, path):
        try:
            with open(path, encoding="utf-8", errors="replace", newline="") as file:
                return file.read()
        except OSError:
            return ""

    def read_env(self, name, text):
        if text.startswith("\ufeff") and not self.beside(name, "package.json"):
            self.not_found.append((f"{name}:1", "the file begins with a byte order mark, which python-dotenv takes for a part of the first name"))
        try:
            found = self.parsed(name, text)
        except TooLarge as problem:  # noqa: F821
            raise TooLarge(f"{name}:{problem}") from None  # noqa: F821
        self.size_of_env_files += sum(len(value) for value, _ in found.values())
        if self.size_of_env_files > MOST_IN_ENV_FILES:
            raise TooLarge(f"{name}:1: what the .env files say comes to more than {MOST_IN_ENV_FILES // 1_000_000} MB")  # noqa: F821
        return {key: (value, f"{name}:{line}") for key, (value, line) in found.items()}

    def read_python(self, name, path):
        try:
            with open(path, "rb") as file:
                self.modules.append(Module(path, name, ast.parse(file.read())))
        except (SyntaxError, ValueError, RecursionError) as error:
            self.not_found.append((f"{name}:{getattr(error, 'lineno', None) or 1}", "it is no Python that this Python reads"))

    def find_loads(self):
        """Which files load_dotenv() and the like put into the environment."""
        loads = []
        for module, node in self.evaluator.calls("load_dotenv", "read_env", "read_envfile"):
            where = f"{module.name}:{node.lineno}"
            given = node.args[0] if node.args else next((word.value for word in node.keywords if word.arg in ("dotenv_path", "path", "env_file")), None)
            if isinstance(given, ast.Call) and ast.unparse(given.func).endswith("find_dotenv"):
                given = given.args[0] if given.args else None
            if given is None or self.is_left_out(given, module):
                loads.append((module.name, self.env.nearest(module.name) or "", where))
                continue
            try:
                path = self.evaluator.value(given, module, self.around(given, module))
                loads.append((module.name, self.env.named(str(path), module.name, self.folder) or "", where))
            except Unknown as unknown:
                self.not_found.append((where, f"which .env is read: {unknown.why}"))
                loads.append((module.name, None, where))
        self.env.loads = loads  # a file that is not there says nothing

    def is_left_out(self, node, module):
        """Whether it is a parameter that may be left out, `path=None`, and is at each call."""
        function = module.function_around(node)
        if not isinstance(node, ast.Name) or function is None:
            return False
        names = [one.arg for one in function.args.args]
        usual = dict(zip(names[len(names) - len(function.args.defaults):], function.args.defaults)).get(node.id)
        calls = self.evaluator.calls(function.name)
        return isinstance(usual, ast.Constant) and usual.value is None and bool(calls) and all(not call.args and not call.keywords for _, call in calls)

    def note(self, what, value, where):
        if what in self.found or value in (None, ""):
            return
        self.found[what] = (str(value), where)
        if where in self.doubts:
            self.guess(what, self.doubts[where], where)
        for name, _, place in self.evaluator.sources:
            # Of a .env that compose.yaml names nothing is guessed: it is the application's wherever it runs.
            if self.env.compose.get(name, ("", ""))[1] == place and what in (*CALLED, "algorithm") and os.path.basename(place.rsplit(":", 1)[0]) != ".env":
                says = f"{name} is said in {place} alone, and taken from there: the application may run without that file"
                if not any(guess["says"] == says for guess in self.guesses):
                    self.guess(what, says, place)
            elif place == where and (other := self.env.otherwise(name, where)):
                self.guess(what, f"{name} is also in {other}, and is something else there: that of {where} is taken", where)

    def guess(self, what, says, where):
        self.guesses.append({"what": what, "says": says, "where": where})

    def source_of(self, value):
        """Where it stands in a .env, if it is what stands there."""
        return next((where for _, text, where in self.evaluator.sources if text == str(value)), None)

    def try_value(self, what, node, module, usable=lambda value: True):
        """Whether it was found, or somebody is told why not."""
        if what in self.found:
            return
        self.evaluator.sources = []
        try:
            value = self.evaluator.value(node, module, self.around(node, module))
            if usable(value):
                self.note(what, value, self.source_of(value) or self.where_of(node, module))
        except Unknown as unknown:
            self.not_found.append((unknown.where or f"{module.name}:{node.lineno}", f"{what}: {unknown.why}"))

    def around(self, node, module):
        """What the function around it has given names, and what it is called with, if that is the same everywhere."""
        function = module.function_around(node)
        if function is None:
            outer = next((one for one in module.around(node) if isinstance(one, ast.ClassDef)), None)
            return {"self": Settings(module, outer)} if outer is not None else {}
        scopes = self.scopes(module, node, [node]) if isinstance(node, ast.AST) else []
        local = self.evaluator.local_of(scopes[0] if scopes else Scope(module, function))
        values = [self.evaluator.held(node, module, self.evaluator.local_of(scope)) for scope in scopes[1:]]
        if values and any(value != self.evaluator.held(node, module, local) for value in values):
            return {**local, **{name: lost("it is called with different values", node) for name in scopes[0].given}}
        return local

    def where_of(self, node, module):
        """Where the value itself stands, if one name leads to it."""
        for _ in range(8):
            if module.is_node and (found := self.step_of_node(node, module)):
                module, node = found
                continue
            name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant) and ast.unparse(node.func).rsplit(".", 1)[-1] in ("getenv", "get", "config", "env"):
                name = node.args[0].value
            holder = next(((one, one.names[name]) for one in [module, *self.modules] if name in one.names), None)
            holder = holder or next(((one, field) for one in self.modules for made in one.classes.values()
                                     if (field := self.evaluator.fields(Settings(one, made)).get(name)) is not None), None)
            if not name or not holder or holder[1] is node:
                break
            module, node = holder
        return f"{module.name}:{node.lineno}"

    def calls(self, *names):
        return self.evaluator.calls(*names)

    def config_items(self):
        return [(module, name, node) for module in self.modules for name, node in module.items]

    # By what things are called, where no code says what they are for.

    def by_name(self, what, pattern, accepts=lambda name: True, rank=lambda name: 0, usable=lambda value: isinstance(value, str), made=lambda name, value: value):
        """The best of all that are called so; several values of one rank are a guess, and what cannot be told is not found."""
        if what in self.found:
            return
        found, lost_names = [], set()
        for name, give, where in itertools.chain(self.named(pattern), self.named_in_files(pattern)):
            if not accepts(name) or "test" in name.lower() or name.lower() in lost_names and ".env" in where:
                continue
            self.evaluator.sources = []
            try:
                value = give()
                if (what == "expire_minutes" or usable(value)) and (value := made(name, value)) not in (None, ""):
                    found.append((rank(name), value, self.source_of(value) or where, list(self.evaluator.sources)))
            except Unknown as unknown:
                lost_names.add(name.lower())
                self.not_found.append((unknown.where or where, f"{what}: {unknown.why}"))
        if not found:
            for name, (_, text) in self.texts.items():
                if name.endswith("toml") and os.path.basename(name) not in ("pyproject.toml", "keyhold.toml", "Cargo.toml"):
                    self.from_toml(what, pattern, name, text)
            return
        found.sort(key=lambda one: one[0])
        best, value, where, self.evaluator.sources = found[0]
        self.note(what, value, where)
        others = list(dict.fromkeys(place for place_rank, other, place, _ in found if other != value and (place_rank == best or what == "secret_key" and not self.is_flask())))
        if others and what != "algorithm" and not (what == "database_url" and all(same_place(str(other)) == same_place(str(value)) for _, other, _, _ in found)):
            self.guess(what, f"The {CALLED[what]} is taken from {where}, and not from {', '.join(others)}", where)

    def named(self, pattern):
        """(name, what gives its value, where): of Flask's configuration, of modules, of classes."""
        for module in sorted(self.modules, key=lambda one: "alembic" in one.name or "migrations" in one.name):
            for name, node in [*module.items, *module.names.items()]:
                if pattern.match(name):
                    yield name, lambda node=node, module=module: self.evaluator.value(node, module, self.around(node, module)), self.where_of(node, module)
        for module, made, used in self.settings_classes():
            if not self.config_classes & {one.node for one in used}:
                yield from self.named_in_class(pattern, Settings(module, made), used, 0)

    def named_in_files(self, pattern):
        for name, (value, where) in self.env.all().items():
            if pattern.match(name) and name not in self.config_variables:
                def give(name=name, value=value, where=where):
                    self.evaluator.sources.append((name, value, where))
                    return value
                yield name, give, where

    def settings_classes(self):
        """(module, class, the classes of its family that are used): each family once, as a class says it for those that it leaves."""
        objects = {self.evaluator.or_none(node.args[0], module, self.around(node, module)) if not isinstance(node.args[0], ast.Name) else node.args[0].id for module in self.modules for node in module.objects}
        named = {str(one).rsplit(".", 1)[-1] for one in objects if isinstance(one, str)}
        every = [Settings(module, made) for module in self.modules for made in module.classes.values()]
        inner = {found.node for one in every for item in one.node.body if isinstance(item, ast.AnnAssign) and (found := self.evaluator.class_of(item.annotation, one.module))}
        families = {}
        for one in every:
            if one.node not in inner:
                families.setdefault(self.evaluator.with_bases(one)[0].node, []).append(one)
        for family in families.values():
            bases = {base.node for one in family for base in self.evaluator.with_bases(one)[:-1]}
            used = [one for one in family if one.node.name in named] or [one for one in family if self.evaluator.calls(one.node.name)] or [one for one in family if one.node not in bases]
            for one in used[:1]:
                yield one.module, one.node, used

    def named_in_class(self, pattern, settings, used, depth, before=""):
        fields = {name: item for one in self.evaluator.with_bases(settings) for item in one.node.body for name in self.names_of(item)}
        for one in used:
            fields |= {name: item for base in self.evaluator.with_bases(one) for item in base.node.body for name in self.names_of(item) if name not in fields}
        for name, item in fields.items():
            found = self.evaluator.class_of(getattr(item, "annotation", None), settings.module)
            where = f"{settings.module.name}:{item.lineno}"
            if found and depth < 3 and any("BaseSettings" in ast.unparse(base) for one in self.evaluator.with_bases(settings) for base in one.node.bases) | depth:
                try:
                    yield from self.named_in_class(pattern, self.evaluator.field(settings, name), [], depth + 1, f"{before}{name}_")
                except Unknown as unknown:
                    self.not_found.append((unknown.where or where, f"{name}: {unknown.why}"))
            elif pattern.match(name) or before and pattern.match(before + name):
                yield name, lambda name=name: self.one_value(name, settings, used), where

    def names_of(self, item):
        if isinstance(item, ast.FunctionDef):
            if item.name != "__init__":
                return [item.name]
            return [target.attr for node in ast.walk(item) for target in targets_of(node) if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self"]
        return [target.id for target in targets_of(item) if isinstance(target, ast.Name)]

    def one_value(self, name, settings, used):
        values = {}
        for one in used or [settings]:
            values.setdefault(self.evaluator.field(one, name), one.node.name)
        if len(values) > 1:
            raise Unknown(f"nothing says which of the classes {', '.join(values.values())} counts, and each has another {name}")
        return next(iter(values))

    def carefully(self, find):
        """What nobody thought of is not found, and the rest is."""
        try:
            find()
        except (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError, Unknown) as problem:
            self.not_found.append((getattr(problem, "where", "") or self.folder, f"{find.__name__.removeprefix('find_')}: it is written in a way that is not understood ({type(problem).__name__})"))

    def run(self):
        for find in (self.find_database, self.find_table, self.find_secret, self.find_no_tokens, self.find_life, self.find_subject, self.find_half_tokens, self.find_demands, self.find_hashing, self.find_defaults):
            self.carefully(find)
        self.tell_unread_config()
        missing = [(where, why) for where, why in self.not_found if why.split(":")[0] not in self.found or why.startswith("subject")]
        return {"found": {what: {"value": value, "where": where} for what, (value, where) in self.found.items()},
                "not_found": [{"where": where, "why": why} for where, why in dict.fromkeys(missing)],
                "looked_at": sorted(self.texts, key=lambda name: (name.endswith(".py") or is_node_file(name), name.count("/"), name)),
                "defaults": self.defaults,
                "guesses": [guess for number, guess in enumerate(self.guesses) if guess not in self.guesses[:number]]}
