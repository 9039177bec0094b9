# SPDX-License-Identifier: Apache-2.0
# JavaScript's functions and classes: each stands before the statement that it is written in, by the name that it is given, by that
# of the route that it handles, or by its line.
import ast

MODIFIERS = {"public", "private", "protected", "readonly", "static", "override", "abstract", "declare", "async", "accessor", "get", "set"}


class NodeFunctions:
    """The part of NodeParser (node_statements.py) that reads functions and classes."""
    def arrow_ahead(self):
        at = self.at
        if self.text() == "async" and not self.breaks[at + 1]:
            at += 1
        if self.kinds[at] == "word" and self.kinds[at + 1] == "mark" and self.texts[at + 1] == "=>":
            return True
        if self.texts[at] != "(" or at not in self.ends:
            return False
        behind = self.end_of(at)
        if self.kinds[behind] == "mark" and self.texts[behind] == ":" and not self.conditions:
            try:
                behind = self.pass_type(behind + 1, is_of_arrow=True)
            except NotRead:  # noqa: F821
                return False
        return self.kinds[behind] == "mark" and self.texts[behind] == "=>"

    def arrow(self):
        at = self.at
        self.takes("async")
        function = self.begin_function(self.called_after, at)
        if self.text() == "(":
            self.parameters(function)
            if self.takes(":"):
                self.at = self.pass_type(self.at, is_of_arrow=True)
        else:
            self.parameter(function, self.at + 1)
        self.take("=>")
        return self.body_of(function, at)

    def function(self):
        at = self.at
        self.takes("async")
        self.take("function")
        self.takes("*")
        name = ""
        if self.is_word() and self.text() != "":
            name = self.texts[self.at]
            self.at += 1
        return self.finish_function(name or self.called_after, at)

    def method(self, name, is_method=False):
        at = self.at
        return self.finish_function(name, at, is_method)

    def finish_function(self, name, at, is_method=False):
        function = self.begin_function(name, at)
        if is_method:
            function.args.args.insert(0, ast.arg("self", None, lineno=self.lines[at]))
        if self.text() == "<":
            self.at = self.pass_angles(self.at)
        self.parameters(function)
        if self.takes(":"):
            self.at = self.pass_type(self.at)
        if self.text() != "{":  # of an overload, or of an interface
            self.end_function(function)
            raise NotRead("it has no body")  # noqa: F821
        return self.body_of(function, at)

    def begin_function(self, name, at):
        self.count += 1
        taken = {one.name for one in self.bodies[-1] if isinstance(one, ast.FunctionDef)}
        name = name if name and name not in taken else f"{name or 'function'} of line {self.lines[at]}" + (f" {self.count}" if f"{name or 'function'} of line {self.lines[at]}" in taken else "")
        made = ast.FunctionDef(name, ast.arguments([], [], None, [], [], None, []), [], [], None)
        made.outer = self.conditions, self.called_after
        self.put_at(made, at)
        self.conditions, self.called_after = 0, ""
        self.bodies.append(made.body)
        self.blocks += [None, {}]  # None: a function begins
        return made

    def end_function(self, function):
        self.conditions, self.called_after = function.outer
        self.bodies.pop()
        del self.blocks[-2:]

    def body_of(self, function, at):
        try:
            if self.text() == "{":
                end = self.end_of(self.at)
                self.at += 1
                self.statements(end - 1)
                self.at = end
            else:
                begin = self.at
                value = self.assignment()
                self.emit(ast.Return(value), begin)
        finally:
            self.end_function(function)
        if not function.body:
            function.body.append(self.put_at(ast.Pass(), at))
        self.bodies[-1].append(function)
        return self.name(function.name, at)

    def parameters(self, function):
        end = self.end_of(self.at) - 1
        self.at += 1
        try:
            while self.at < end:
                if not self.takes(","):
                    self.parameter(function, end)
        except NotRead:  # noqa: F821
            self.end_function(function)
            raise
        self.at = end + 1

    def parameter(self, function, end):
        while self.text().startswith("@"):
            self.decorator()
        while self.text() in MODIFIERS and self.is_word(self.at + 1):
            self.at += 1
        at, arguments = self.at, function.args
        is_rest = self.takes("...")
        pattern = self.pattern()
        self.takes("?")
        if self.takes(":"):
            self.at = self.pass_type(self.at)
        default = self.element(end) if self.takes("=") else None
        name = pattern[0][0] if pattern and not pattern[0][1] else f"given{len(arguments.args)}"
        one = ast.arg(name, None, lineno=self.lines[at], col_offset=0, end_lineno=self.lines[at], end_col_offset=0)
        if is_rest:
            arguments.vararg = one
        else:
            arguments.args.append(one)
            if default is not None or arguments.defaults:
                arguments.defaults.append(default if default is not None else self.constant(None, at))
        if pattern and pattern[0][1]:
            self.give_parts(pattern, self.name(name, at), at)

    def decorator(self):
        at = self.at
        self.at += 1
        found = self.name(self.texts[at][1:], at)
        while self.text() == ".":
            found = self.put_at(ast.Attribute(found, self.texts[self.at + 1], ast.Load()), at)
            self.at += 2
        return self.apply(found, *self.between(), at=at) if self.text() == "(" else found

    def class_(self, decorators=()):
        at = self.at
        self.takes("abstract")
        self.take("class")
        name = f"class of line {self.lines[at]}"
        if self.is_word() and self.text() not in ("extends", "implements"):
            name = self.texts[self.at]
            self.at += 1
        bases = []
        if self.text() == "<":
            self.at = self.pass_angles(self.at)
        if self.takes("extends"):
            bases.append(self.postfix())
        while self.text() != "{":
            if self.kinds[self.at] == "end":
                raise NotRead("a class is not closed")  # noqa: F821
            self.at += 1
        made = self.put_at(ast.ClassDef(name, bases, [], [], list(decorators)), at)
        end = self.end_of(self.at)
        self.at += 1
        made.fields = []
        self.bodies.append(made.body)
        self.blocks += [None, {}]
        try:
            while self.at < end - 1:
                self.class_member(made, end - 1)
        finally:
            self.bodies.pop()
            del self.blocks[-2:]
        self.at = end
        if not made.body:
            made.body.append(self.put_at(ast.Pass(), at))
        self.bodies[-1].append(made)
        return self.name(name, at)

    def class_member(self, made, end):
        begin, state = self.at, self.state()
        try:
            if self.takes(";"):
                return
            decorators = []
            while self.text().startswith("@"):
                decorators.append(self.decorator())
            while self.text() in MODIFIERS and self.text(1) not in ("(", "=", ";", ":", "?", "!", "<") or self.text() == "*":
                self.at += 1
            if self.text() == "{":  # static { }
                self.at = self.end_of(self.at)
                return
            at, name = self.at, self.texts[self.at] if self.kinds[self.at] in ("word", "string") else ""
            self.at = self.end_of(at) if self.text() == "[" else at + 1
            if self.text() in ("(", "<"):
                self.method("__init__" if name == "constructor" else name.lstrip("#"), is_method=True)
                return
            if self.text() in ("?", "!"):
                self.at += 1
            if self.takes(":"):
                self.at = self.pass_type(self.at)
            if self.takes("="):
                self.called_after = name
                value = self.assignment()
                self.called_after = ""
                if name:
                    self.give(ast.Name(name.lstrip("#"), ast.Store()), value, at)
            made.fields.append((name, decorators))
            if not (self.at >= end or self.text() == ";" or self.breaks[self.at]):
                raise NotRead("a member is not understood")  # noqa: F821
        except NotRead:  # noqa: F821
            self.restore(state)
            self.pass_over(begin, end)
        self.at = max(self.at, begin + 1)
