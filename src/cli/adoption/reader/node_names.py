# SPDX-License-Identifier: Apache-2.0
# What JavaScript gives to names, also to several at once: `const { a, b: { c = 1 } } = d`.
import ast


class NodeNames:
    """The part of NodeParser (node_statements.py) that reads declarations."""
    def give(self, target, value, at):
        """What is declared, or given anew where it was declared."""
        if isinstance(target, ast.Attribute):
            self.export_given(target, value, at)
        if isinstance(target, ast.Name):
            self.emit(ast.Assign([ast.Name(target.id, ast.Store())], value), at)
        elif isinstance(target, (ast.Attribute, ast.Subscript)):
            self.give_field(target, value, at)

    def give_field(self, target, value, at):
        """`config.name = ...` as Python's `config["name"] = ...`; what is changed deeper within, or by a function, is not followed."""
        root = target.value
        while isinstance(root, (ast.Attribute, ast.Subscript)):
            root = root.value
        if not isinstance(root, ast.Name) or root.id in ("self", "module", "exports"):
            self.emit(ast.Assign([target], value), at)
            return
        if root is target.value and (len(self.bodies) == 1 or self.is_of_function(root.id)):
            key = self.put_at(ast.Constant(target.attr), at) if isinstance(target, ast.Attribute) else target.slice
            self.emit(ast.Assign([self.put_at(ast.Subscript(root, key, ast.Store()), at)], value), at)
            return
        self.emit(ast.Assign([target], value), at)
        self.give_anew(root, self.lost_at(at), at)

    def is_of_function(self, name):
        """Whether it is declared in the functions that are read, and not in the file around them."""
        return any(name in block.values() for block in self.blocks[1:] if block)

    def give_anew(self, target, value, at):
        """A function that gives a name of its file another value is not followed, and the file's name is lost (modules.py)."""
        if isinstance(target, ast.Name) and len(self.blocks) > 1 and None in self.blocks and not self.is_of_function(target.id):
            self.emit(ast.Global([target.id]), at)
        self.give(target, value, at)

    def pattern(self):
        """What is declared: [(name, the steps that lead to it, its default)]; a step is a key, or None for one that is not known."""
        at = self.at
        if self.is_word() and self.text() not in NO_NAMES:  # noqa: F821 node_code.py
            self.at += 1
            return [(self.declare(self.texts[at], at), [], None)]
        if self.text() not in ("{", "["):
            raise NotRead("a name is missing")  # noqa: F821
        is_object, end, found, place = self.text() == "{", self.end_of(at) - 1, [], 0
        self.at += 1
        while self.at < end:
            if self.takes(","):
                place += 1
                continue
            step = place
            if self.takes("..."):
                step = None
            elif is_object:
                if self.text() == "[":
                    self.between()
                    step = None
                else:
                    step = self.texts[self.at]
                    if self.kinds[self.at + 1] == "mark" and self.texts[self.at + 1] == ":":
                        self.at += 1
                    else:
                        self.at -= 1
                self.at += 1
            inner = self.pattern()
            default = self.element(end) if self.takes("=") else None
            found += [(name, [step, *steps], default if not steps else usual) for name, steps, usual in inner]
        self.at = end + 1
        return found

    def give_parts(self, pattern, value, at):
        for name, steps, default in pattern:
            made = value
            for step in steps:
                if made is not None and ast.unparse(made) == "process.env" and isinstance(step, str):
                    made = self.variable(self.constant(step, at), at)
                elif step is None or made is None:
                    made = None
                elif isinstance(step, str) and step.isidentifier():
                    made = self.attribute_of(made, step, at)
                else:
                    made = self.put_at(ast.Subscript(made, self.constant(step, at), ast.Load()), at)
            if made is not None and default is not None and steps:
                made = self.put_at(ast.BoolOp(ast.Or(), [made, default]), at)
            self.give(ast.Name(name, ast.Store()), made if made is not None else self.lost_at(at), at)

    def declaration(self, is_exported=False):
        self.at += 1
        while True:
            at = self.at
            pattern = self.pattern()
            self.takes("!")
            if self.takes(":"):
                self.at = self.pass_type(self.at)
            if self.text() in ("of", "in"):
                return pattern
            if self.takes("="):
                self.called_after = self.texts[at] if self.is_word(at) else ""
                begin, value = self.at, self.assignment()
                if not self.is_imported(pattern, value, begin) and not (isinstance(value, ast.Name) and [(value.id, [], None)] == pattern):
                    self.give_parts(pattern, value, at)
            elif pattern and not pattern[0][1]:
                self.give_parts(pattern, self.constant(None, at), at)
            for name, _, _ in pattern if is_exported else []:
                self.exports[name] = name
            if not self.takes(","):
                return None
