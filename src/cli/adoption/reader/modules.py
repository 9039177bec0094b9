# SPDX-License-Identifier: Apache-2.0
# A file of the application's Python: what its names are given, by the order in which it would be run. Nothing of it is:
# what stands under a condition is kept with its condition (evaluate.py asks it), and what a loop makes is lost.
import ast
import copy
import re


class Unknown(Exception):
    def __init__(self, why, module=None, node=None):
        super().__init__(why)
        self.why = why
        self.where = f"{module.name}:{node.lineno}" if module and hasattr(node, "lineno") else ""


class Lost(ast.expr):
    """Stands where a value would, and says why there is none."""
    _fields = ()
    why = "it has to be computed"
    where = ""  # "file:line", if that is not where it stands itself


def lost(why, node):
    made = ast.copy_location(Lost(), node)
    made.why = why
    return made


class Put(ast.NodeTransformer):
    def __init__(self, values):
        self.values = values

    def visit_Name(self, node):
        return self.values.get(node.id, node)


def put(node, values):
    """The expression with what these names have been until now; names are given anew later."""
    is_meant = any(isinstance(one, ast.Name) and one.id in values for one in ast.walk(node))
    return Put(values).visit(copy.deepcopy(node)) if is_meant else node


def targets_of(node):
    return node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.NamedExpr, ast.For, ast.AsyncFor)) else []


def names_given(nodes):
    """What is given to names anywhere within these statements, but not within functions and classes of theirs."""
    found, left = set(), list(nodes)
    while left:
        node = left.pop()
        found |= {name.id for target in targets_of(node) for name in ast.walk(target) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}
        found |= {name.id for item in getattr(node, "items", []) if isinstance(item, ast.withitem) and item.optional_vars for name in ast.walk(item.optional_vars) if isinstance(name, ast.Name)}
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            left += ast.iter_child_nodes(node)
    return found


def file_in(node, name):
    """What a `with` opens under this name, if it is a file."""
    for item in node.items:
        if isinstance(item.optional_vars, ast.Name) and item.optional_vars.id == name and isinstance(item.context_expr, ast.Call) and ast.unparse(item.context_expr.func).rsplit(".", 1)[-1] == "open":
            return item.context_expr
    return None


class Module:
    """A file: what its names are given at its end; its classes, functions and imports."""
    is_node = False  # of JavaScript, as Python's tree (node_files.py)

    def __init__(self, path, name, tree):
        self.path, self.name, self.tree = path, name, tree
        self.dotted = re.sub(r"(/__init__)?\.py$", "", name).replace("/", ".")
        self.names, self.classes, self.functions, self.imports, self.stars, self.stars_before = {}, {}, {}, {}, [], {}
        self.prefixes = {}  # of django-environ's: env.prefix = "APP_"
        self.read_prefixes()
        self.read(tree.body)
        self.defined = {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}  # also within classes
        self.parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        given_by = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Global):
                if (function := self.function_around(node)) not in given_by:
                    given_by[function] = names_given(function.body) if function else set()
                given = given_by[function]
                for one in set(node.names) & given & set(self.names):
                    self.names[one] = lost("a function changes it", node)
        self.items, self.objects = [], []
        self.read_config()

    def read_prefixes(self):
        """`with env.prefixed("JWT_"):` is noted at each call within it, as expressions are copied later."""
        for node in ast.walk(self.tree):
            for item in node.items if isinstance(node, ast.With) else []:
                made = item.context_expr
                if isinstance(made, ast.Call) and isinstance(made.func, ast.Attribute) and made.func.attr == "prefixed" and made.args:
                    for one in [inner for statement in node.body for inner in ast.walk(statement) if isinstance(inner, ast.Call)]:
                        one.prefixes = [*getattr(one, "prefixes", []), (ast.unparse(made.func.value), made.args[0])]
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute) and node.targets[0].attr == "prefix":
                self.prefixes[ast.unparse(node.targets[0].value)] = node.value

    def around(self, node):
        """What it stands in, the innermost first."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def function_around(self, node):
        return next((one for one in self.around(node) if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))), None)

    def read(self, body):
        for node in body:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self.assign(target, node.value)
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                self.assign(node.target, node.value)
            elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                before = self.names.get(node.target.id) or lost("it has to be computed", node)
                self.give(node.target.id, ast.copy_location(ast.BinOp(before, node.op, node.value), node))
            elif isinstance(node, ast.ClassDef):
                self.classes[node.name] = node
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.functions[node.name] = node
            elif isinstance(node, ast.ImportFrom):
                self.read_import(node)
            elif isinstance(node, (ast.Try, ast.With)):
                self.read_try(node)
            elif isinstance(node, ast.If):
                self.read_if(node)
            elif isinstance(node, (ast.For, ast.While, ast.Match)):
                for one in names_given([node]):
                    self.give(one, lost("it is made in a loop", node))

    def read_import(self, node):
        for one in node.names:
            if one.name == "*":
                self.stars.append((node.level, node.module or ""))
            else:
                self.imports[one.asname or one.name] = (node.level, node.module or "", one.name)
                self.names.pop(one.asname or one.name, None)

    def assign(self, target, value):
        if isinstance(target, ast.Name):
            self.give(target.id, value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts = value.elts if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts) else [lost("it has to be computed", value)] * len(target.elts)
            for one, part in zip(target.elts, parts):
                self.assign(one, part)
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and target.value.id in self.names:
            before = self.names[target.value.id]
            known = isinstance(before, ast.Dict)
            self.give(target.value.id, ast.copy_location(ast.Dict([*before.keys, target.slice], [*before.values, value]), before) if known else lost("it is changed later", value))

    def give(self, name, value):
        before = self.names.get(name)
        if before is not None:
            value = put(value, {name: before})
            self.freeze({name: before})
        self.names[name] = value
        self.stars_before[name] = len(self.stars)

    def freeze(self, values):
        """What others have been made of stays as it was."""
        for other, node in self.names.items():
            self.names[other] = put(node, {name: one for name, one in values.items() if name != other})

    def read_try(self, node):
        for one in names_given([ast.With(node.items, [])] if isinstance(node, ast.With) else []):
            self.give(one, file_in(node, one) or lost("it has to be computed", node))
        self.read(node.body)
        if isinstance(node, ast.Try):
            for one in names_given(node.handlers) - names_given(node.body) - set(self.imports):
                self.give(one, lost("it depends on whether something fails", node))
            self.read(node.orelse)
            self.read(node.finalbody)

    def read_if(self, node):
        text = ast.unparse(node.test)
        if "__name__" in text or "TYPE_CHECKING" in text:
            return
        changed = names_given([*node.body, *node.orelse])
        self.freeze({name: self.names[name] for name in changed if name in self.names})
        before, imports, stars = dict(self.names), dict(self.imports), list(self.stars)
        sides = []
        for body in (node.body, node.orelse):
            self.names, self.imports, self.stars = dict(before), dict(imports), list(stars)
            self.read(body)
            sides.append((self.names, self.imports, self.stars))
        (names, these, some), (others, those, more) = sides
        self.names, self.imports = before, {**those, **these}
        self.stars = max(some, more, key=len) if stars in (some, more) else stars
        test = put(node.test, {name: before[name] for name in changed if name in before})
        nothing = lost("it depends on a condition", node)
        for name in changed:
            self.names[name] = ast.copy_location(ast.IfExp(test, names.get(name, nothing), others.get(name, nothing)), node)
        for name in set(these) & set(those):
            if these[name] != those[name]:
                self.names[name] = nothing

    # Flask's: app.config["NAME"] = ..., also within functions; and which class it takes its configuration from.
    def read_config(self):
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript) and self.is_config(node.targets[0].value):
                self.add_item(node.targets[0].slice, node.value)
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute) and self.is_config(node.targets[0].value) and node.targets[0].attr.isupper():
                self.add_item(ast.Constant(node.targets[0].attr), node.value)  # Sanic's: app.config.NAME = ...
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and self.is_config(node.func.value):
                if node.func.attr in ("update", "from_mapping"):
                    for word in node.keywords:
                        self.add_item(ast.Constant(word.arg), word.value)
                    for one in node.args:
                        for key, value in zip(one.keys, one.values) if isinstance(one, ast.Dict) else []:
                            self.add_item(key, value)
                elif node.func.attr == "from_object" and node.args:
                    self.objects.append(node)

    def is_config(self, node):
        return isinstance(node, ast.Attribute) and node.attr == "config"

    def add_item(self, key, value):
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            self.items.append((key.value, value))


class Settings:
    """An object of a settings class: what its fields are, by the environment, by what it was made with and by their defaults."""
    def __init__(self, module, node, arguments=None, path="", root=None):
        self.module, self.node, self.arguments = module, node, arguments or {}  # name -> (expression, module, local)
        self.path, self.root = path, root  # of one within another: "APP_DB__"
        self.now = {}  # setters.py: what its functions have given it
        self.is_made = self.is_before = False  # they are being run; as it was before later lines


class Values:
    """The fields that stand before another one, as validators are given them."""
    def __init__(self, settings):
        self.settings = settings


class Scope:
    """Where an expression stands, and what the function around it was called with: name -> (expression, its scope)."""
    def __init__(self, module, function=None, given=None, names=()):
        self.module, self.function, self.given, self.names = module, function, given or {}, names


class Bound(ast.expr):
    """An expression of another scope."""
    _fields = ()

    def __init__(self, node, scope):
        super().__init__()
        self.node, self.scope = node, scope
        ast.copy_location(self, node)
