# SPDX-License-Identifier: Apache-2.0
# Where an application makes tokens, and what stands in each: from what is handed to jwt.encode() back through the functions
# that call it.
import ast
import re

# Of libraries that are given the claims.
LIBRARY = re.compile(r"^(create|make|generate|issue)_(access_token|token|jwt|jwt_token)$")
MOST, DEEPEST_CALL = 64, 4


class Token:
    """One way in which a token is made."""
    def __init__(self, module, call, scope, payload, key, algorithm):
        self.module, self.call, self.scope, self.payload, self.key, self.algorithm = module, call, scope, payload, key, algorithm
        self.claims, self.is_whole = {}, True  # name -> (expression, its scope); whether no others may be there
        self.sure = set()  # those of them that every token has that is made so
        self.where = f"{module.name}:{call.lineno}"
        self.mark, self.kind = None, "plain"
        self.is_half = False  # of somebody who has shown a password alone, where a second factor is asked for


class Makers(Libraries):  # noqa: F821 it stands before this one (libraries.py)
    """The part of Finder (find.py) that finds tokens."""
    def tokens(self):
        """Those that are taken for access tokens, by what says so most clearly."""
        if self.made is None:
            self.made = []
            for module, call in [*[one for one in self.evaluator.calls("encode") if not one[0].is_node], *self.library_calls(), *self.node_signatures()]:
                if parts := self.parts_of(module, call):
                    for scope in self.scopes(module, call, [one for one in parts if one is not None]):
                        token = Token(module, call, scope, *parts)
                        self.read_claims(token)
                        self.ask_loaders(token)
                        self.judge(token)
                        self.made.append(token)
        for kind in ("access", "plain", "doubtful", "custom"):
            if found := [token for token in self.made if token.kind == kind]:
                return found if kind != "custom" or len({token.mark for token in found}) == 1 else []
        return []

    def library_calls(self):
        defined = {name for module in self.modules for name in module.defined}
        return [(module, node) for module in self.modules if not module.is_node for node in ast.walk(module.tree) if isinstance(node, ast.Call)
                and LIBRARY.match(name := node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")) and self.is_of_library(name, node, module, defined)]

    def is_of_library(self, name, call, module, defined):
        """Whether it calls none of the application's own functions and methods, in whichever of its files they are."""
        if isinstance(call.func, ast.Name) and name in module.imports:
            return self.is_from_library(name, module, 0)
        around, homes = module.function_around(call), [other for other in self.modules if name in other.defined]
        # A method that hands on to a library's of the same name.
        return name not in defined or homes == [module] and name not in module.functions and around is not None and around.name == name and "super()" not in ast.unparse(call.func)

    def is_from_library(self, name, module, depth):
        level, dotted, original = module.imports[name]
        other = self.evaluator.find_module(level, dotted, module)
        if other is None or depth > DEEPEST_CALL:
            return not level
        return original not in other.defined and original in other.imports and self.is_from_library(original, other, depth + 1)

    def parts_of(self, module, call):
        """(what is signed, the key, the algorithm), as expressions; nothing where it is no token."""
        if module.is_node:
            return self.known_signatures.get(call) if call in self.known_signatures else None
        words = {word.arg: word.value for word in call.keywords}
        text = ast.unparse(call.func)
        if not text.endswith(("encode", "decode")):
            return self.of_creator(call)
        holder = text.rsplit(".", 1)[0] if "." in text else ""
        _, dotted, original = module.imports.get(holder or text, (0, "", ""))
        if "jwt" not in (text + dotted + original).lower() and "jose" not in text + dotted:
            return None
        args = list(call.args)
        header = self.header_of(args[0], module, call) if args and text.endswith("encode") else None
        if header is not None:  # authlib's and joserfc's: jwt.encode(header, claims, key)
            args.pop(0)
            words["algorithm"] = next(value for key, value in zip(header.keys, header.values) if getattr(key, "value", "") == "alg")
        payload = args[0] if args else words.get("payload") or words.get("claims")
        key = args[1] if len(args) > 1 else words.get("key")
        return payload, key, words.get("algorithm") or (args[2] if len(args) > 2 else None)

    def header_of(self, node, module, call):
        """The header of a token, which says its algorithm, where it is what is handed over first."""
        node, _ = self.resolved(node, Scope(module, module.function_around(call)))
        return node if isinstance(node, ast.Dict) and any(getattr(key, "value", "") == "alg" for key in node.keys) else None

    # The functions that lead to it.

    def named_after(self, module, call):
        """What the answer is called: `refresh_token = ...`, {"refresh_token": ...}, f(refresh_token=...)."""
        for node in module.around(call):
            if isinstance(node, (ast.Assign, ast.AnnAssign)):
                return [ast.unparse(target).rsplit(".", 1)[-1] for target in targets_of(node)]
            if isinstance(node, ast.keyword):
                return [node.arg or ""]
            if isinstance(node, ast.Dict):
                return [str(key.value) for key, value in zip(node.keys, node.values) if isinstance(key, ast.Constant) and any(one is call for one in ast.walk(value))]
            if isinstance(node, ast.stmt):
                return []
        return []

    def scopes(self, module, call, expressions, depth=0):
        """The function around a call, once for each way in which it is called with what these expressions need."""
        function, names = module.function_around(call), self.named_after(module, call)
        if function is None:
            return [Scope(module, None, {}, names)]
        names = [*names, function.name]
        parameters = [one.arg for one in [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]]
        asked = {name.id for node in [*expressions, *self.changes_of(function, expressions)] for name in ast.walk(node) if isinstance(name, ast.Name)}
        asked = self.with_what_makes_them(function, asked)
        callers = [(other, one) for other, one in self.evaluator.calls(function.name) if self.leads_to(other, one, module, function)]
        if not asked & set(parameters) or not callers or depth >= DEEPEST_CALL:
            return [Scope(module, function, self.defaults_of(module, function), names)]
        found = []
        for other, one in callers:
            given = [*one.args, *[word.value for word in one.keywords]]
            for outer in self.scopes(other, one, given, depth + 1):
                found.append(Scope(module, function, self.given_by(module, function, one, outer), [*names, *outer.names]))
                if len(found) >= MOST:
                    return found
        return found

    def leads_to(self, other, call, module, function):
        inner = other.function_around(call)
        if inner is function or any(one is function for one in other.around(call)):
            return False
        if isinstance(call.func, ast.Name):
            found = self.evaluator.function_or_class(call.func.id, other)
            return found is None or isinstance(found, Settings) or found[1] is function
        return True

    def with_what_makes_them(self, function, names):
        found = set(names)
        for _ in range(3):
            found |= {name.id for node in ast.walk(function) if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None
                      and any(isinstance(target, ast.Name) and target.id in found for target in targets_of(node)) for name in ast.walk(node.value) if isinstance(name, ast.Name)}
        return found

    def changes_of(self, function, expressions):
        named = {one.id for one in expressions if isinstance(one, ast.Name)}
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update" and isinstance(node.func.value, ast.Name) and node.func.value.id in named:
                yield node
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript) and ast.unparse(node.targets[0].value) in named:
                yield node.value

    def defaults_of(self, module, function):
        names = [argument.arg for argument in [*function.args.posonlyargs, *function.args.args]]
        found = dict(zip(names[len(names) - len(function.args.defaults):], function.args.defaults))
        found |= {argument.arg: one for argument, one in zip(function.args.kwonlyargs, function.args.kw_defaults) if one is not None}
        return {name: (one, Scope(module)) for name, one in found.items() if isinstance(one, (ast.Constant, ast.Name, ast.Attribute, ast.BinOp)) and not (isinstance(one, ast.Constant) and one.value is None)}

    def given_by(self, module, function, call, outer):
        names = [argument.arg for argument in [*function.args.posonlyargs, *function.args.args]]
        if names[:1] in (["self"], ["cls"]) and isinstance(call.func, ast.Attribute):
            names = names[1:]
        given = self.defaults_of(module, function)
        given |= {name: (one, outer) for name, one in zip(names, call.args) if not isinstance(one, ast.Starred)}
        return given | {word.arg: (word.value, outer) for word in call.keywords if word.arg}

    # What stands in it.

    def resolved(self, node, scope):
        """What a name stands for: what the function was called with, or the one thing that it was given."""
        for _ in range(8):
            if not isinstance(node, ast.Name):
                break
            if node.id in scope.given and not self.is_given_anew(node.id, scope):
                node, scope = scope.given[node.id]
            elif scope.function and isinstance(one := self.evaluator.own_names(scope.function, scope.module).get(node.id), ast.AST) and not isinstance(one, Lost):
                node = one
            elif scope.function is None and isinstance(one := scope.module.names.get(node.id), ast.AST):
                node = one
            else:
                break
        return node, scope

    def is_given_anew(self, name, scope):
        return scope.function is not None and name in names_given(scope.function.body)

    def read_claims(self, token):
        if token.payload is None:
            token.is_whole = False
            return
        self.add_claims(token, token.payload, token.scope, 0)

    def add_claims(self, token, node, scope, depth, is_sure=True):
        if depth > 8 or node is None:
            token.is_whole = False
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values):
                if key is None:
                    self.add_claims(token, value, scope, depth + 1, is_sure)
                elif isinstance(key, ast.Constant):
                    self.add_claim(token, str(key.value), value, scope, is_sure)
                else:
                    token.is_whole = False
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("dict", "deepcopy", "copy"):
            for one in node.args:
                self.add_claims(token, one, scope, depth + 1, is_sure)
            for word in node.keywords:
                if word.arg:
                    self.add_claim(token, word.arg, word.value, scope, is_sure)
                else:
                    self.add_claims(token, word.value, scope, depth + 1, is_sure)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("copy", "deepcopy"):
            self.add_claims(token, node.args[0] if node.args else node.func.value, scope, depth + 1, is_sure)
        elif (made := self.model_in(node, scope)) is not None:
            for name, value in made.items():
                self.add_claim(token, name, value, scope, is_sure and not node.keywords)  # exclude_none=True
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            self.add_claims(token, node.left, scope, depth + 1, is_sure)
            self.add_claims(token, node.right, scope, depth + 1, is_sure)
        elif isinstance(node, ast.Name):
            self.add_named(token, node.id, self.home_of(node.id, scope) if scope.module.is_node else scope, depth, is_sure)
        else:
            token.is_whole = False

    def model_in(self, node, scope):
        """What `Payload(sub=user.id).model_dump()` comes to: what it is made with, and the defaults of its class."""
        if not isinstance(node, ast.Call):
            return None
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        inner = node.func.value if called in ("dict", "model_dump") and isinstance(node.func, ast.Attribute) else node.args[0] if called == "asdict" and len(node.args) == 1 else None
        inner = self.resolved(inner, scope)[0] if inner is not None else None
        if not isinstance(inner, ast.Call) or not isinstance(inner.func, ast.Name) or inner.args or any(word.arg is None for word in inner.keywords):
            return None
        found = self.evaluator.function_or_class(inner.func.id, scope.module)
        if not isinstance(found, Settings) or any(isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)) for one in self.evaluator.with_bases(found) for item in one.node.body):
            return None
        usual = {name: value for one in self.evaluator.with_bases(found) for name, value in self.evaluator.fields(one).items() if name != "model_config"}
        return {**{name: value for name, value in usual.items() if isinstance(value, ast.Constant)}, **{word.arg: word.value for word in inner.keywords}}

    def add_claim(self, token, name, value, scope, is_sure):
        token.claims[name] = (value, scope)
        if is_sure:
            token.sure.add(name)

    def add_named(self, token, name, scope, depth, is_sure):
        """A dict by all that its function does to it, from its first line to its last."""
        body = scope.function if scope.function else scope.module.tree
        steps = []
        for node in ast.walk(body):
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and any(isinstance(target, ast.Name) and target.id == name for target in targets_of(node)):
                steps.append((node.lineno, node.value, node))
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript) and ast.unparse(node.targets[0].value) == name and isinstance(node.targets[0].slice, ast.Constant):
                steps.append((node.lineno, ast.Dict([node.targets[0].slice], [node.value]), node))
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == f"{name}.update":
                steps += [(node.lineno, one, node) for one in node.args]
                steps.append((node.lineno, ast.Call(ast.Name("dict", ast.Load()), [], node.keywords), node))
        if name in scope.given:
            self.add_claims(token, *scope.given[name], depth + 1, is_sure)
        elif not any(isinstance(node, (ast.Dict, ast.Call)) for _, node, _ in steps) or scope.function and name in [one.arg for one in ast.walk(scope.function.args) if isinstance(one, ast.arg)]:
            token.is_whole = False
        for _, node, step in sorted(steps, key=lambda step: step[0]):
            if not (isinstance(node, ast.Name) and node.id == name):
                own = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == name
                if not own:
                    self.add_claims(token, node, scope, depth + 1, is_sure and self.is_certain(step, scope.module))
