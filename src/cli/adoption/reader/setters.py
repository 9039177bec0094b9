# SPDX-License-Identifier: Apache-2.0
# Settings that are given their values after the object was made, or while it is: pydantic's validators of a whole model and
# model_post_init (https://docs.pydantic.dev/latest/concepts/validators/), __post_init__ of dataclasses, and lines behind the
# class such as `settings.URL = ...`. What cannot be followed loses the fields that it may set, and no others.
import ast

BEFORE, AFTER, AROUND = "before", "after", "wrap"
WHEN_MADE = {"model_post_init", "__post_init__", "__attrs_post_init__"}
SETS = {"setattr", "__setattr__"}
CHECKS_OF_FIELDS = {"BeforeValidator": BEFORE, "AfterValidator": AFTER, "PlainValidator": BEFORE, "WrapValidator": AROUND}


class GivenBefore(Values):  # noqa: F821 it stands before this one (modules.py)
    """What a validator is handed before the fields are looked at: what was said alone, without defaults."""


def time_of(function):
    """When a function of a model is run: before its fields are looked at, after that, or around it; None: it is no such."""
    if function.name in WHEN_MADE:
        return AFTER
    for mark in function.decorator_list:
        text = ast.unparse(mark)
        if "model_validator" in text or "root_validator" in text:
            words = {word.arg: ast.unparse(word.value) for word in mark.keywords} if isinstance(mark, ast.Call) else {}
            return words.get("mode", "").strip("'\"") or (BEFORE if words.get("pre") == "True" else AFTER)
    return None


def constant(node):
    return node.value if isinstance(node, ast.Constant) else None


def is_set_in(node, name):
    """Whether one statement or expression may give a field of this name something; names that are computed may be any."""
    for target in targets_of(node):  # noqa: F821
        for one in ast.walk(target):
            if isinstance(one, ast.Attribute) and one.attr == name:  # also self.NAME.inner
                return True
            if isinstance(one, ast.Subscript) and isinstance(one.ctx, ast.Store) and (constant(one.slice) == name or not isinstance(one.slice, ast.Constant)):
                return True
    if not isinstance(node, ast.Call):
        return False
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if called in SETS and len(node.args) > 1:
        return constant(node.args[-2]) in (name, None)
    if called == "setdefault" and node.args:
        return constant(node.args[0]) in (name, None)
    if called == "update":
        keys = [constant(key) if key is not None else None for one in node.args for key in (one.keys if isinstance(one, ast.Dict) else [None])]
        return bool({name, None} & {*keys, *[word.arg for word in node.keywords]})
    return False


class Setters:
    """The part of Evaluator (evaluate.py) that is about what fields are given later."""
    def functions_of(self, settings):
        return [(one.module, item) for one in self.with_bases(settings) for item in one.node.body if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef))]

    def may_set(self, function, name, when, settings, depth=0):
        first = self.first_of(function)
        for node in ast.walk(function):
            if is_set_in(node, name):
                return True
            if isinstance(node, ast.Return) and when == BEFORE and node.value is not None and not (isinstance(node.value, ast.Name) and node.value.id == self.handed(function)):
                return True
            # self.other() of the same class.
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == first and depth < 3:
                inner = next((item for _, item in self.functions_of(settings) if item.name == node.func.attr and item is not function), None)
                if inner is not None and self.may_set(inner, name, AFTER, settings, depth + 1):
                    return True
        return False

    def first_of(self, function):
        return next((one.arg for one in [*function.args.posonlyargs, *function.args.args]), "")

    def handed(self, function):
        """The parameter in which a validator gets what it looks at."""
        names = [one.arg for one in [*function.args.posonlyargs, *function.args.args]]
        is_of_class = names[:1] in (["cls"], ["self"]) and (len(names) > 1 or not any("model_validator" in ast.unparse(mark) for mark in function.decorator_list))
        return names[1] if is_of_class and len(names) > 1 else names[0] if names else ""

    def refuse_other_setters(self, settings, name):
        """What a method sets depends on whether it is called, unless it is while the object is made."""
        functions = self.functions_of(settings)
        called = {node.func.attr for _, item in functions if time_of(item) for node in ast.walk(item) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)}
        for module, item in functions:
            if item.name not in called | {"__init__"} and time_of(item) is None:
                for node in ast.walk(item):
                    if isinstance(node, ast.stmt) and any(ast.unparse(target) in (f"self.{name}", f"cls.{name}") for target in targets_of(node)):  # noqa: F821
                        raise Unknown(f"{item.name}() may set it", module, node)  # noqa: F821

    def of_setters(self, settings, name):
        """The field by the functions that are run while the object is made; MISSING: none of them sets it."""
        functions = [(module, item, when) for module, item in self.functions_of(settings) if (when := time_of(item))]
        mine = [item for _, item, when in functions if self.may_set(item, name, when, settings)]
        if not mine:
            return MISSING  # noqa: F821 it stands behind (evaluate.py)
        made = Settings(settings.module, settings.node, dict(settings.arguments), settings.path, settings.root)  # noqa: F821
        made.is_made = made.is_before = True
        for wanted in (BEFORE, AFTER):
            for module, function, when in functions:
                if when == AROUND and function in mine:
                    raise Unknown("a validator makes it", module, function)  # noqa: F821
                if when != wanted:
                    continue
                try:
                    self.run_setter(module, function, when, made, name)
                except Unknown:  # noqa: F821
                    if function in mine:
                        raise
                    self.lose_all(function, {}, made)
            if wanted == BEFORE:  # what was said, as far as the fields are concerned
                made.arguments |= {one: (ast.copy_location(ast.Constant(value), settings.node) if not isinstance(value, ast.AST) else value, settings.module, {}) for one, value in made.now.items()}
                made.now = {}
        return self.field(made, name)

    def run_setter(self, module, function, when, made, name):
        is_self = when == AFTER and not any("root_validator" in ast.unparse(mark) for mark in function.decorator_list)
        local = {one.arg: lost(f"{one.arg} is handed over", function) for one in [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]}  # noqa: F821
        local |= {"self": made}
        if is_self:
            local[self.first_of(function)] = made
        else:
            local[self.handed(function)] = (GivenBefore if when == BEFORE else Values)(made)  # noqa: F821
        self.run_steps(function.body, module, local, made, name, {self.first_of(function)} if is_self else {self.handed(function)})

    def run_steps(self, body, module, local, made, name, holders):
        """Whether it has come to a `return`. holders: the names under which the object, or what was said, is known here."""
        for node in body:
            if isinstance(node, ast.Return):
                self.take_returned(node, module, local, made, holders)
                return True
            if isinstance(node, ast.If):
                try:
                    chosen = node.body if self.truth(node.test, module, local) else node.orelse
                except Unknown:  # noqa: F821
                    if any(is_set_in(one, name) for one in ast.walk(node)):
                        raise
                    if not all(isinstance(one, ast.Raise) for one in node.body):
                        self.lose_all(node, local, made)
                    chosen = node.orelse if all(isinstance(one, ast.Raise) for one in node.body) else []
                if self.run_steps(chosen, module, local, made, name, holders):
                    return True
            elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and node.value is not None:
                self.take_assigned(node, module, local, made, holders)
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                self.take_call(node.value, module, local, made, name, holders)
            elif isinstance(node, (ast.Try, ast.With)):
                if any(is_set_in(one, name) for one in ast.walk(node)):
                    raise Unknown("it depends on whether something fails", module, node)  # noqa: F821
                self.lose_all(node, local, made)
            elif isinstance(node, ast.Raise):
                raise Unknown("it is refused", module, node)  # noqa: F821
            elif not isinstance(node, (ast.Pass, ast.Assert, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.Expr)):
                if any(is_set_in(one, name) for one in ast.walk(node)):
                    raise Unknown("a validator makes it", module, node)  # noqa: F821
                self.lose_all(node, local, made)
        return False

    def lose_all(self, node, local, made):
        """What a statement that is not followed may have given."""
        for one in names_given([node]):  # noqa: F821
            local[one] = lost("it has to be run", node)  # noqa: F821
        for target in [inner for one in ast.walk(node) for target in targets_of(one) for inner in ast.walk(target)]:  # noqa: F821
            if name := target.attr if isinstance(target, ast.Attribute) else constant(target.slice) if isinstance(target, ast.Subscript) else None:
                made.now[name] = lost("it has to be run", node)  # noqa: F821

    def take_assigned(self, node, module, local, made, holders):
        value = node.value
        for target in targets_of(node):  # noqa: F821
            if isinstance(node, ast.AugAssign):
                value = ast.copy_location(ast.BinOp(ast.parse(ast.unparse(target), mode="eval").body, node.op, node.value), node)
            if isinstance(target, ast.Name):
                local[target.id] = self.held(ast.fix_missing_locations(value), module, local)
            elif isinstance(target, ast.Attribute) and ast.unparse(target.value) in holders:
                made.now[target.attr] = self.held(ast.fix_missing_locations(value), module, local)
            elif isinstance(target, ast.Subscript) and ast.unparse(target.value) in {*holders, *[f"{one}.__dict__" for one in holders]}:
                key = self.value(target.slice, module, local)
                made.now[key] = self.held(ast.fix_missing_locations(value), module, local)
            elif any(isinstance(one, (ast.Attribute, ast.Subscript)) for one in ast.walk(target)):
                self.lose_all(node, local, made)

    def take_call(self, call, module, local, made, name, holders):
        called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        owner = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        if called in SETS and len(call.args) > 1:
            made.now[self.value(call.args[-2], module, local)] = self.held(call.args[-1], module, local)
        elif called == "setdefault" and owner in holders and len(call.args) == 2:
            key = self.value(call.args[0], module, local)
            if self.of_values(local[owner], key) in (MISSING, None):  # noqa: F821
                made.now[key] = self.held(call.args[1], module, local)
        elif called == "update":
            for one in call.args:
                made.now |= self.value(one, module, local)
            for word in call.keywords:
                made.now[word.arg] = self.held(word.value, module, local)
        elif owner in holders and (inner := next(((home, item) for home, item in self.functions_of(made) if item.name == called), None)) and not call.args and not call.keywords:
            self.run_steps(inner[1].body, inner[0], {**local, "self": made}, made, name, {"self"})

    def take_returned(self, node, module, local, made, holders):
        """`return {**values, "URL": url}` says what the fields are looked for in."""
        if node.value is None or isinstance(node.value, ast.Name) and (node.value.id in holders or isinstance(local.get(node.value.id), Settings)):  # noqa: F821
            return
        if not isinstance(node.value, ast.Dict) or not any(key is None and ast.unparse(value) in holders for key, value in zip(node.value.keys, node.value.values)):
            raise Unknown("a validator makes it", module, node)  # noqa: F821
        for key, value in zip(node.value.keys, node.value.values):
            if key is not None:
                made.now[self.value(key, module, local)] = self.held(value, module, local)

    def of_values(self, holder, key):
        """What a validator's `values` have of a name; MISSING: nothing."""
        if key in holder.settings.now:
            return self.unless_lost(holder.settings.now[key])
        if isinstance(holder, GivenBefore):
            found = self.of_variables(holder.settings, key, None, None)
            if found is MISSING and key in holder.settings.arguments:  # noqa: F821
                return self.value(*holder.settings.arguments[key])
            return found
        return self.field(holder.settings, key)

    # Lines behind the class.

    def set_later(self, settings, name):
        """What one line at the end of the module gives a field of the object that is made there; MISSING: none does."""
        found = []
        for module, node, holder, value in self.later_lines(name):
            # Worked out once, and not while that is under way: holders lead to fields, and those to lines again.
            if id(holder) not in self.classes_of_holders:
                self.classes_of_holders[id(holder)] = None
                made = self.or_none(holder, module, self.local_of(Scope(module, module.function_around(node))))  # noqa: F821
                self.classes_of_holders[id(holder)] = made.node if isinstance(made, Settings) else None  # noqa: F821
            if (made := self.classes_of_holders[id(holder)]) is not None and made in [one.node for one in self.with_bases(settings)]:
                found.append((module, node, holder, value))
        if not found:
            return MISSING  # noqa: F821
        module, node, holder, value = found[-1]
        is_of_class = isinstance(holder, ast.Name) and holder.id in module.classes
        is_there = value is not None and module is settings.module and module.parents.get(node) is module.tree and not (is_of_class and self.is_pydantic(settings))
        is_one = is_of_class or len(self.calls(settings.node.name)) == 1  # or it may be another object's
        if not is_there or not is_one or len(found) > 1:
            raise Unknown("it is set again here", module, node)  # noqa: F821
        before = Settings(settings.module, settings.node, settings.arguments)  # noqa: F821
        before.is_before = True
        return self.value(put(value, {holder.id: ast.copy_location(ast.Constant(before), value)} if isinstance(holder, ast.Name) and not is_of_class else {}), module, {})  # noqa: F821

    def later_lines(self, name):
        """(module, statement, the object, what it is given or None): `settings.NAME = ...`, setattr(settings, ...)."""
        if self.known_later is None:
            self.known_later = []
            for module in self.modules:
                for node in ast.walk(module.tree):
                    for target in targets_of(node) if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) else []:  # noqa: F821
                        if isinstance(target, ast.Attribute) and ast.unparse(target.value) not in ("self", "cls"):
                            self.known_later.append((target.attr, module, node, target.value, None if isinstance(node, ast.AugAssign) else node.value))
                    if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in SETS and len(node.args) == 3 and ast.unparse(node.args[0]) not in ("self", "cls"):
                        self.known_later.append((constant(node.args[1]), module, node, node.args[0], None))
        return [one[1:] for one in self.known_later if one[0] in (name, None)]
