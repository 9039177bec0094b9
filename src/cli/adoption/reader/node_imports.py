# SPDX-License-Identifier: Apache-2.0
# What a file of JavaScript imports and exports; node_files.py finds the files.
import ast


class NodeImports:
    """The part of NodeParser (node_statements.py) that reads import, export, require() and module.exports."""
    def required(self, place, at):
        """What require() gives: a name, which is imported."""
        name = f"require('{place}')"
        self.add_import(name, "default", place, at)
        return self.name(name, at)

    def add_import(self, name, called, place, at):
        self.imports.append((name, called, place, self.lines[at]))
        self.packages[name] = place

    def is_imported(self, pattern, value, at):
        """`const { a: b } = require("c")`"""
        found = next((one for one in self.imports if isinstance(value, ast.Name) and one[0] == value.id and one[0].startswith("require(")), None)
        if found is None or any(len(steps) > 1 or steps and not isinstance(steps[0], str) for _, steps, _ in pattern):
            return False
        for name, steps, _ in pattern:
            self.add_import(name, steps[0] if steps else "default", found[2], at)
        return True

    def export_given(self, target, value, at):
        """module.exports = ..., exports.name = ..."""
        text = ast.unparse(target)
        if text == "module.exports":
            self.export_value("default", value, at)
            for key, one in zip(value.keys, value.values) if isinstance(value, ast.Dict) else []:
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    self.export_value(key.value, one, at)
        elif text in (f"exports.{target.attr}", f"module.exports.{target.attr}"):
            self.export_value(target.attr, value, at)

    def export_value(self, name, value, at):
        if isinstance(value, ast.Name):
            self.exports[name] = value.id
            return
        self.exports[name] = f"exports.{name}"
        self.emit(ast.Assign([ast.Name(f"exports.{name}", ast.Store())], value), at)

    def place(self):
        if self.kinds[self.at] != "string" or self.texts[self.at] is None:
            raise NotRead("a file's name is missing")  # noqa: F821
        self.at += 1
        return self.texts[self.at - 1]

    def names_between(self):
        """`{ a, b as c }` -> (a, a), (b, c)"""
        end, found = self.end_of(self.at) - 1, []
        self.at += 1
        while self.at < end:
            if self.takes(","):
                continue
            if self.text() == "type" and self.text(1) not in (",", "as", "}", ""):
                self.at += 1
            name = called = self.texts[self.at]
            self.at += 1
            if self.takes("as"):
                called = self.texts[self.at]
                self.at += 1
            if isinstance(name, str) and isinstance(called, str):
                found.append((name, called))
        self.at = end + 1
        return found

    def import_(self):
        at, found = self.at, []
        self.at += 1
        if self.kinds[self.at] == "string":
            place = self.place()
            if place == "dotenv/config":
                self.emit(ast.Expr(self.load_of([], at)), at)
            self.add_import(f"import {at}", "*", place, at)
            return
        if self.text() == "type" and self.text(1) not in ("from", ",", "="):
            self.at += 1
        while self.text() != "from":
            if self.text() == "{":
                found += self.names_between()
            elif self.takes("*"):
                self.take("as")
                found.append(("*", self.texts[self.at]))
                self.at += 1
            elif self.takes(","):
                pass
            elif self.is_word():
                found.append(("default", self.texts[self.at]))
                self.at += 1
                if self.takes("="):  # import a = require("b")
                    self.take("require")
                    self.take("(")
                    self.add_import(found[-1][1], "default", self.place(), at)
                    self.take(")")
                    return
            else:
                raise NotRead("an import is not understood")  # noqa: F821
        self.at += 1
        place = self.place()
        if self.text() in ("with", "assert") and self.text(1) == "{":
            self.at = self.end_of(self.at + 1)
        for name, called in found:
            self.add_import(called, name, place, at)

    def export(self):
        at = self.at
        self.at += 1
        if self.takes("default") or self.takes("="):
            self.called_after = "default"
            self.export_value("default", self.assignment(), at)
        elif self.text() == "{":
            names = self.names_between()
            if self.takes("from"):
                place = self.place()
                self.from_others += [(called, name, place) for name, called in names]
            else:
                self.exports |= {called: name for name, called in names}
        elif self.takes("*"):
            if self.takes("as"):
                called = self.texts[self.at]
                self.at += 1
                self.take("from")
                self.from_others.append((called, "*", self.place()))
            else:
                self.take("from")
                self.stars.append(self.place())
        elif self.text() in ("const", "let", "var") and self.text(1) != "enum":
            self.declaration(is_exported=True)
        elif self.text() in ("function", "class", "async", "abstract"):
            name = (self.class_() if self.text() in ("class", "abstract") else self.function()).id
            self.exports[name] = name
        else:
            self.pass_type_statement(len(self.kinds) - 4)
