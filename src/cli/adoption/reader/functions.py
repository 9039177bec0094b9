# SPDX-License-Identifier: Apache-2.0
# What functions give that only choose and return. What cannot be followed, as a loop, loses what it gives, and whoever asks
# for that is told.
import ast
import configparser
import os


class Functions:
    """The part of Evaluator (evaluate.py) that is about functions."""
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

    def spread(self, call, module, local):
        """What ** hands over."""
        found = {}
        for word in call.keywords:
            if word.arg is None:
                found |= {name: ast.copy_location(ast.Constant(one), word.value) for name, one in self.value(word.value, module, local).items()}
        return found

    def arguments_of(self, function, home, call, module, local):
        """The parameters of a function by a call of it."""
        if any(word.arg is None for word in call.keywords) or any(isinstance(one, ast.Starred) for one in call.args):
            raise Unknown("what it is called with has to be computed")
        names = [argument.arg for argument in [*function.args.posonlyargs, *function.args.args]]
        defaults = dict(zip(names[len(names) - len(function.args.defaults):], function.args.defaults))
        defaults |= {argument.arg: one for argument, one in zip(function.args.kwonlyargs, function.args.kw_defaults) if one is not None}
        given = {name: self.held(one, module, local) for name, one in zip(names, call.args)}
        given |= {word.arg: self.held(word.value, module, local) for word in call.keywords if word.arg}
        return {**{name: self.held(one, home, {}) for name, one in defaults.items()}, **given}

    def instance_path(self, module):
        """Flask's: `instance` beside the module or the package in which the application is made."""
        made = self.calls("Flask")
        if len(made) == 1:
            module, call = made[0]
            if any(word.arg in ("instance_path", None) for word in call.keywords) or not call.args or ast.unparse(call.args[0]) != "__name__":
                raise Unknown("where Flask has its instance folder has to be computed", module, call)
        folder = os.path.dirname(os.path.abspath(module.path))
        while os.path.isfile(os.path.join(folder, "__init__.py")):
            folder = os.path.dirname(folder)
        return os.path.join(folder, "instance")

    def dependency(self, function, argument):
        """FastAPI's: `settings = Depends(get_settings)`, or Annotated[Settings, Depends(get_settings)], is what that returns."""
        names = [one.arg for one in [*function.args.posonlyargs, *function.args.args]]
        usual = dict(zip(names[len(names) - len(function.args.defaults):], function.args.defaults))
        usual |= {one.arg: default for one, default in zip(function.args.kwonlyargs, function.args.kw_defaults) if default is not None}
        said = [usual.get(argument.arg), *(argument.annotation.slice.elts[1:] if isinstance(argument.annotation, ast.Subscript) and isinstance(argument.annotation.slice, ast.Tuple) else [])]
        for one in said:
            if isinstance(one, ast.Call) and ast.unparse(one.func).rsplit(".", 1)[-1] == "Depends" and len(one.args) == 1:
                return ast.copy_location(ast.Call(one.args[0], [], []), one)
        return None

    def held(self, node, module, local):
        """What it gives, or why it gives nothing."""
        try:
            return self.value(node, module, local)
        except Unknown as unknown:
            made = lost(unknown.why, node)
            made.where = unknown.where
            return made

    def returned(self, function, module, local):
        arguments = [argument.arg for argument in [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]]
        local = {**{name: lost(f"{name} is handed over", function) for name in arguments}, **local}
        found = self.run_body(function.body, module, local)
        if found is MISSING:
            raise Unknown(f"{function.name}() has to be run", module, function)
        return found

    def run_body(self, body, module, local):
        """What is returned; MISSING: nothing yet."""
        for node in body:
            if isinstance(node, ast.Return):
                return self.value(node.value, module, local) if node.value is not None else None
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None and all(isinstance(target, ast.Name) for target in targets_of(node)):
                found = self.held(node.value, module, local)
                local.update({target.id: found for target in targets_of(node)})
            elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                local[node.target.id] = self.held(ast.copy_location(ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value), node), module, local)
            elif isinstance(node, ast.If):
                found = self.run_if(node, module, local)
                if found is not MISSING:
                    return found
            elif isinstance(node, ast.Raise):
                raise Unknown("it is refused", module, node)
            elif isinstance(node, (ast.Try, ast.With)):
                for name in names_given([ast.With(node.items, [])]) if isinstance(node, ast.With) else []:
                    opened = file_in(node, name)
                    local[name] = self.held(opened, module, local) if opened is not None else lost("it has to be computed", node)
                found = self.run_body(node.body, module, local)
                if found is not MISSING:
                    return found
            elif not isinstance(node, (ast.Pass, ast.Assert, ast.Import, ast.ImportFrom, ast.FunctionDef)):
                self.lose(node, module, local)
        return MISSING

    def run_if(self, node, module, local):
        try:
            chosen = node.body if self.truth(node.test, module, local) else node.orelse
        except Unknown:
            if all(isinstance(one, ast.Raise) for one in node.body):  # or the application does not start
                return self.run_body(node.orelse, module, local)
            self.lose(node, module, local)
            return MISSING
        return self.run_body(chosen, module, local)

    def lose(self, node, module, local):
        if any(isinstance(one, (ast.Return, ast.Yield)) for one in ast.walk(node)):
            raise Unknown("it depends on a condition" if isinstance(node, ast.If) else "it has to be run", module, node)
        changed = names_given([node]) | {one.func.value.id for one in ast.walk(node) if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and isinstance(one.func.value, ast.Name)}
        for name in changed & set(local) | names_given([node]):
            if not isinstance(local.get(name), (Settings, Values, str, configparser.RawConfigParser)) or name in names_given([node]):
                local[name] = lost("it depends on a condition" if isinstance(node, ast.If) else "it has to be run", node)
