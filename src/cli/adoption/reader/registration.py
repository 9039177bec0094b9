# SPDX-License-Identifier: Apache-2.0
# What an application gives the rows of people who register there: by what its code hands to the model, or writes
# in SQL (inserts.py).
# Of code that makes administrators or fills an empty database nothing is taken.
import ast
import re

# Of functions, the classes and files that they are in, and the routes that they serve; in small letters with _ between words.
REGISTERS = re.compile(r"(^|[_/])(regist\w*|sign_?up\w*|enrol\w*|onboard\w*|create_account|new_account|join|inscri\w*|cadastr\w*)")
NOT_REGISTERS = re.compile(r"(^|[_/.])(admins?|administrators?|super_?users?|staff|seed\w*|init|initial\w*|init_db|fixtures?|demo|bootstrap|samples?|populat\w*|migrat\w*|import\w*|commands?|scripts?|cli|oauth2?|google|github|facebook|social|sso|ldap|saml|"
                           r"invit\w*|tests?|fakes?|mocks?|dummy|startup|lifespan|default_user|ensure\w*|first|guests?|anonymous|create_app)(?=$|[_/.])")
MAKES_USER = re.compile(r"^_*(create|add|new|insert|make|save|post|store)(_\w*)?$|_(create|add|new|insert|save)$")
NAMES_OF_PEOPLE = ("username", "user_name", "email", "login", "name", "phone")
FORM_FIELDS = ("Form", "Body", "Query", "Field", "Header", "Param")


class RegistrationFinder(InsertFinder):  # noqa: F821 it stands before this one (inserts.py)
    """The part of Finder (find.py) that is about what registration gives."""
    def given_by_registration(self, model):
        """column -> what it gets, where that is not what the model says."""
        places = [place for place in self.registrations_of(model) if self.is_of_people(place)]
        sure = [place for place in places if place.is_sure]
        found = {}
        for attribute in {name: None for place in sure or places for name in place.attributes}:
            name = model.name_of(attribute)
            usual = model.columns[attribute].given if attribute in model.columns else None
            one = self.one_of(attribute, sure or places, usual, model)
            if one is None:
                continue
            if not sure and one.kind != "unknown" and not (usual and usual.is_like(one)):
                one.doubt = "nothing says that this is what registers people"
            found[name] = one
        return found

    def one_of(self, attribute, places, usual, model):
        """What all of them give; of places that say nothing what the model says."""
        found = []
        for place in places:
            if attribute not in place.attributes:
                found += [usual] if usual is not None else []
                continue
            expression, module, function = place.attributes[attribute]
            one = self.as_written(self.given_there(expression, module, function, model), model.types.get(attribute, "plain"))
            one.where = f"{module.name}:{getattr(expression, 'lineno', place.node.lineno)}"
            if attribute in place.conditional and one.kind != "input":
                one = Given("unknown", f"{attribute} = {ast.unparse(expression)[:60]}, on a condition", one.where)
            found.append(usual if one.kind == "input" and usual is not None else one)
        first = next((one for one in found if one.kind != "input"), None)
        if first is None:
            return None
        other = next((one for one in found if one.kind != "input" and not one.is_like(first)), None)
        one = Given(first.kind, first.value, first.where, first.doubt)
        if other is not None:
            one = Given("unknown", f"{first.value} ({first.where}) or {other.value}", other.where)
        if one.kind == "unknown" and usual is not None and usual.kind not in ("unknown", "nothing"):
            return Given(usual.kind, usual.value, usual.where, f"`{one.value}` in {one.where} gives perhaps something else")
        return one

    # Where rows are made.

    def registrations_of(self, model):
        for module, call in self.calls_of_model(model) if model.made is not None or model.variable else []:
            place = Registration(call, module, module.function_around(call), {})
            self.read_call(place, call, model)
            self.read_changes(place, model)
            yield place
        yield from self.forms_of(model)
        yield from self.inserts_into(model.table)

    def calls_of_model(self, model):
        names = {model.made.node.name if model.made else model.variable}
        for module in self.modules:
            names |= {alias for alias, (_, _, original) in module.imports.items() if original in names}
        every = self.evaluator.calls(*names, "create", "create_user", "insert", "values", "model", "model_validate", "from_orm", "create_account", "acreate", "acreate_user")
        for module, call in every:
            if re.search(r"(^|/)(alembic|migrations|versions)/", module.name):
                continue
            if module.function_around(call) is not None and self.makes_model(call, module, model):
                yield module, call

    def makes_model(self, call, module, model):
        function, last = call.func, ast.unparse(call.func).rsplit(".", 1)[-1]
        if self.is_model(function, module, model):
            return True
        if last == "values" and isinstance(function, ast.Attribute) and isinstance(inner := function.value, ast.Call):
            what = ast.unparse(inner.func).rsplit(".", 1)[-1]
            if what != "insert":
                return False
            at = inner.args[0] if inner.args else function.value.func.value if isinstance(function.value.func, ast.Attribute) else None
            return at is not None and self.is_model(at, module, model)
        if not isinstance(function, ast.Attribute):
            return False
        if last == "model" and ast.unparse(function.value) == "self":
            return self.manages(module, call, model)
        if last in ("create", "create_user", "create_account", "acreate", "acreate_user", "model_validate", "from_orm"):
            holder = function.value
            if isinstance(holder, ast.Attribute) and holder.attr in ("objects", "_default_manager"):
                holder = holder.value
            return self.is_model(holder, module, model)
        return last == "insert" and self.is_model(function.value, module, model) and bool(call.keywords)

    def is_model(self, node, module, model):
        if model.made is None and not self.is_of_django(model):
            if not isinstance(node, (ast.Name, ast.Attribute)):
                return False
            home, name = self.module_with(node.id, module) if isinstance(node, ast.Name) else (self.evaluator.or_none(node.value, module, {}), node.attr)
            return isinstance(home, Module) and home is model.module and name == model.variable
        if isinstance(node, ast.Call):
            return ast.unparse(node.func).endswith("get_user_model") and self.is_of_django(model)
        if isinstance(node, ast.Name) and isinstance(given := module.names.get(node.id), ast.Call) and ast.unparse(given.func).endswith("get_user_model"):
            return self.is_of_django(model)
        if model.made is None:
            return isinstance(node, ast.Name) and module.imports.get(node.id, ("", "", ""))[1:] == ("django.contrib.auth.models", "User")
        found = self.class_at(node, module)
        return found is not None and found.node is model.made.node

    def is_of_django(self, model):
        """What get_user_model() gives."""
        return model.library == "django" and self.found.get("table", ("auth_user",))[0] == model.table

    def manages(self, module, call, model):
        """`self.model(...)` of the manager that the model names."""
        manager = next((one for one in module.around(call) if isinstance(one, ast.ClassDef)), None)
        if model.made is None or manager is None or module.function_around(call).name.endswith("superuser"):
            return False
        objects = [self.evaluator.fields(one).get("objects") for one in self.lineage(model.made)]
        return any(isinstance(one, ast.Call) and ast.unparse(one.func).rsplit(".", 1)[-1] == manager.name for one in objects)

    # What they give.

    def read_call(self, place, call, model):
        module, function = place.module, place.function
        for name, one in self.words_of(call, module, function, model).items():
            place.attributes[name] = (one[0], one[1], one[2])

    def words_of(self, call, module, function, model):
        found, last = {}, ast.unparse(call.func).rsplit(".", 1)[-1]
        for one in call.args if last in ("values", "model_validate", "from_orm") else []:
            found |= self.spread_of(one, module, function, model)
        for word in call.keywords:
            if word.arg == "update" and last in ("model_validate", "from_orm") or word.arg is None:
                found |= self.spread_of(word.value, module, function, model)
            else:
                found[word.arg] = (word.value, module, function)
        made = next((item for one in reversed(self.lineage(model.made)) for item in one.node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"), None) if model.made and self.is_model(call.func, module, model) else None
        if made is None:
            return found
        # What the model's own __init__ makes of it.
        home = next(one.module for one in reversed(self.lineage(model.made)) if made in one.node.body)
        names = [one.arg for one in made.args.args][1:]
        given = {name: (one, home, made) for name, one in zip(names[len(names) - len(made.args.defaults):], made.args.defaults)}
        given |= {name: (one, module, function) for name, one in zip(names, call.args)}
        given |= {name: one for name, one in found.items() if name in names}
        own = {}
        for item in made.body:
            target = targets_of(item)[0] if isinstance(item, (ast.Assign, ast.AnnAssign)) and item.value is not None else None
            if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self":
                own[target.attr] = given.get(item.value.id, (item.value, home, made)) if isinstance(item.value, ast.Name) else (item.value, home, made)
        return {**({} if made.args.kwarg is None else {name: one for name, one in found.items() if name not in names}), **own}

    def spread_of(self, node, module, function, model):
        """`**user.model_dump()`, `**{**data, "role": "user"}`: what the keys of a dict, or the fields of a schema that has defaults, give."""
        if isinstance(node, ast.Dict):
            found = {}
            for key, one in zip(node.keys, node.values):
                if key is None:
                    found |= self.spread_of(one, module, function, model)
                elif isinstance(key, ast.Constant):
                    found[key.value] = (one, module, function)
            return found
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("dict", "model_dump"):
            node = node.func.value
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("jsonable_encoder") and node.args:
            node = node.args[0]
        if not isinstance(node, ast.Name):
            return {}
        found = {}
        if schema := self.schema_of(node.id, module, function):
            for one in self.lineage(schema):
                found |= {name: (value, one.module, one) for name, value in self.evaluator.fields(one).items() if not name.startswith("_") and name not in ("model_config", "Config")}
            return {name: one for name, one in found.items() if name in model.columns}
        for one in ast.walk(function) if function else []:
            if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == node.id and one.value is not node and not isinstance(one.value, ast.Name):
                found |= self.spread_of(one.value, module, function, model)
            elif isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Subscript) and ast.unparse(one.targets[0].value) == node.id and isinstance(one.targets[0].slice, ast.Constant):
                found[one.targets[0].slice.value] = (one.value, module, function)
            elif isinstance(one, ast.Call) and ast.unparse(one.func) == f"{node.id}.setdefault" and len(one.args) == 2 and isinstance(one.args[0], ast.Constant):
                found[one.args[0].value] = (one.args[1], module, function)
        return found

    def schema_of(self, name, module, function):
        """The class that a parameter is said to be of, as UserCreate."""
        for one in ast.walk(function.args) if function is not None else []:
            if isinstance(one, ast.arg) and one.arg == name and one.annotation is not None:
                for inner in ast.walk(one.annotation):
                    if isinstance(inner, (ast.Name, ast.Attribute)) and (found := self.class_at(inner, module)):
                        return found
        return None

    def read_changes(self, place, model):
        """`user.is_active = False` behind the call that made the user."""
        made = place.module.parents.get(place.node)
        made = place.module.parents.get(made) if isinstance(made, ast.Await) else made
        if isinstance(made, (ast.Assign, ast.AnnAssign)) and isinstance(targets_of(made)[0], ast.Name):
            self.read_assigned(place, targets_of(made)[0].id, made)

    def read_assigned(self, place, name, made):
        for one in ast.walk(place.function):
            if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Attribute) and ast.unparse(one.targets[0].value) == name and one.lineno > made.lineno:
                attribute = one.targets[0].attr
                place.attributes[attribute] = (one.value, place.module, place.function)
                outer = place.module.parents.get(one)
                if outer is not place.module.parents.get(made) and isinstance(outer, (ast.If, ast.For, ast.While, ast.ExceptHandler)):
                    place.conditional.add(attribute)

    def forms_of(self, model):
        """Django's `user = form.save(commit=False)`, and what is changed of it before it is saved."""
        if not self.is_of_django(model):
            return
        for module, call in self.evaluator.calls("save"):
            made, function = module.parents.get(call), module.function_around(call)
            if function is None or not isinstance(made, ast.Assign) or not isinstance(made.targets[0], ast.Name) or not any(word.arg == "commit" for word in call.keywords):
                continue
            name = made.targets[0].id
            if re.search(r"user|account|member", name, re.I) or name.lower() == model.table.rsplit("_", 1)[-1]:
                place = Registration(call, module, function, {})
                self.read_assigned(place, name, made)
                yield place

    # Whether it is people who register.

    def words_around(self, module, function):
        outer = next((one for one in module.around(function) if isinstance(one, ast.ClassDef)), None)
        routes = [ast.unparse(mark) for mark in function.decorator_list]
        return [in_words(one) for one in (function.name, *([outer.name] if outer is not None else []), *routes)]

    def is_of_people(self, place):
        """False for what makes administrators, or somebody of a fixed name; `is_sure` where it says that it registers people."""
        if place.function is None or self.is_about_others(place.module, place.function):
            return False
        if any(name in place.attributes and isinstance(place.attributes[name][0], ast.Constant) and place.attributes[name][0].value for name in NAMES_OF_PEOPLE):
            return False
        sure = self.registers(place.module, place.function, 3)
        place.is_sure = bool(sure)
        return sure is not None

    def is_about_others(self, module, function):
        words = self.words_around(module, function)
        asks = ast.unparse(function.args)
        return any(NOT_REGISTERS.search(one) for one in words) or bool(NOT_REGISTERS.search(in_words(module.name.removesuffix(".py")))) or bool(re.search(r"Depends\(\w*(admin|superuser)", asks, re.I))

    def registers(self, module, function, depth):
        """Yes, no (it is not known), or None: it is called by others alone."""
        if any(REGISTERS.search(one) for one in self.words_around(module, function)):
            return True
        if any(re.search(r"\.post\(", ast.unparse(mark)) for mark in function.decorator_list) and not re.search(r"current_user|require|permission", ast.unparse(function.args), re.I):
            return True  # a route for anybody
        callers = [(other, other.function_around(call)) for other, call in self.evaluator.calls(function.name) if self.leads_to(other, call, module, function)] if depth else []
        outer = next((one for one in module.around(function) if isinstance(one, ast.ClassDef)), None)
        if outer is not None and MAKES_USER.search(function.name) and "Serializer" in outer.name:
            return True
        if not callers:
            return False
        found = [None if inner is None or self.is_about_others(other, inner) else self.registers(other, inner, depth - 1) for other, inner in callers]
        return True if True in found else False if False in found else None

    # What an expression there gives.

    def given_there(self, node, module, function, model, depth=0):
        """Of whoever registers: `input`, unless who says nothing gets something."""
        if depth > MOST_FOLLOWED:
            return Given("unknown", ast.unparse(node)[:80])
        if isinstance(function, Settings):  # a field of a schema
            return self.given_field(node, module, function)
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            first = self.given_there(node.values[0], module, function, model, depth + 1)
            return self.given_there(node.values[-1], module, function, model, depth + 1) if first.kind in ("input", "nothing") else first
        if isinstance(node, ast.IfExp):
            sides = [self.given_there(one, module, function, model, depth + 1) for one in (node.body, node.orelse)]
            return sides[0] if sides[0].is_like(sides[1]) and sides[0].kind != "unknown" else Given("unknown", ast.unparse(node)[:80])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "pop") and node.args and not self.evaluator.class_of(node.func.value, module):
            return self.given_there(node.args[1], module, function, model, depth + 1) if len(node.args) > 1 else Given("input")
        if isinstance(node, ast.Name) and function is not None:
            if (found := self.given_by_argument(node.id, module, function, model, depth)) is not None:
                return found
            given = self.evaluator.own_names(function, module).get(node.id)
            if isinstance(given, ast.AST) and not isinstance(given, Lost):
                return self.given_there(given, module, function, model, depth + 1)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (schema := self.schema_of(node.value.id, module, function)):
            for one in reversed(self.lineage(schema)):
                if (default := self.evaluator.fields(one).get(node.attr)) is not None:
                    return self.given_field(default, one.module, one)
            return Given("input")
        one = self.gives(node, module)
        return Given("input") if one.kind == "unknown" and self.is_from_outside(node, function) else one

    def is_from_outside(self, node, function):
        """Whether what a caller hands over stands in it, or a request."""
        names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
        handed = {one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg)} if function is not None else set()
        return any(re.search(r"request|form|data|payload|body|json|args", one, re.I) for one in names) or bool(names & self.made_of(function, handed))

    def made_of(self, function, handed):
        """Names that are given what is made of these."""
        found = set(handed)
        for _ in range(3):
            for one in ast.walk(function) if found else []:
                if isinstance(one, (ast.Assign, ast.AnnAssign)) and one.value is not None and found & {name.id for name in ast.walk(one.value) if isinstance(name, ast.Name)}:
                    found |= {name.id for target in targets_of(one) for name in ast.walk(target) if isinstance(name, ast.Name)}
        return found

    def given_field(self, node, module, schema):
        """A field of pydantic's: its default, if it has one."""
        if isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] in FORM_FIELDS:
            words = {word.arg: word.value for word in node.keywords}
            node = words.get("default", node.args[0] if node.args else words.get("default_factory"))
            if node is not None and words.get("default_factory") is node:
                return self.gives(node, module, [schema] if schema else (), True)
        if node is None or isinstance(node, ast.Constant) and node.value in (..., None):
            return Given("input")
        one = self.gives(node, module, [schema] if schema else ())
        return Given("input") if one.kind == "unknown" else one

    def given_by_argument(self, name, module, function, model, depth):
        """What callers that register people hand over; else its default."""
        parameters = [*function.args.posonlyargs, *function.args.args]
        names = [one.arg for one in parameters]
        if name not in names and name not in [one.arg for one in function.args.kwonlyargs]:
            return None
        defaults = dict(zip(names[len(names) - len(function.args.defaults):], function.args.defaults)) | {one.arg: default for one, default in zip(function.args.kwonlyargs, function.args.kw_defaults) if default is not None}
        default = self.given_field(defaults[name], module, None) if name in defaults else Given("input")
        found = []
        for other, call in self.evaluator.calls(function.name):
            inner = other.function_around(call)
            if inner is None or not self.leads_to(other, call, module, function) or self.is_about_others(other, inner) or depth > 3:
                continue
            at = names.index(name) - (names[:1] in (["self"], ["cls"]) and isinstance(call.func, ast.Attribute)) if name in names else -1
            given = next((word.value for word in call.keywords if word.arg == name), call.args[at] if 0 <= at < len(call.args) else None)
            found.append(self.given_there(given, other, inner, model, depth + 2) if given is not None else default)
        if not found:
            return default
        return found[0] if all(one.is_like(found[0]) for one in found) else Given("unknown", f"{name} of {function.name}()")
