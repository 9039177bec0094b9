# SPDX-License-Identifier: Apache-2.0
# Expressions of JavaScript and TypeScript, as the syntax trees that Python has, so that all of the other parts read them too:
# `a?.b` is an attribute, `a ?? b` an `or`, `process.env.A` the call process.env("A"), which variables.py answers. Functions that stand within an
# expression are put before it, each by a name. Types are passed over. What is not understood is Lost, and nothing else is lost with it.
import ast
import re

# From the one that binds least (https://tc39.es/ecma262/#prod-ShortCircuitExpression).
BINDS = {"??": 1, "||": 2, "&&": 3, "|": 4, "^": 5, "&": 6, "==": 7, "!=": 7, "===": 7, "!==": 7, "<": 8, ">": 8, "<=": 8, ">=": 8, "in": 8, "instanceof": 8, "<<": 9, ">>": 9, ">>>": 9, "+": 10, "-": 10, "*": 11, "/": 11, "%": 11, "**": 12}
ARITHMETIC = {"+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.Div, "%": ast.Mod}
COMPARISONS = {"==": ast.Eq, "===": ast.Eq, "!=": ast.NotEq, "!==": ast.NotEq, "<": ast.Lt, ">": ast.Gt, "<=": ast.LtE, ">=": ast.GtE}
ASSIGNS = {"=", "+=", "-=", "*=", "/=", "%=", "**=", "||=", "&&=", "??=", "&=", "|=", "^=", "<<=", ">>=", ">>>="}
NODE_CONSTANTS = {"null": None, "undefined": None, "true": True, "false": False}
DEEPEST_NODE, LONGEST_CHAIN = 32, 48
NO_NAMES = {"if", "for", "while", "switch", "return", "throw", "const", "var", "case", "default", "else", "try", "catch", "finally", "do", "import", "export", "in", "instanceof", "with", "break", "continue", "enum"}


class NodeExpressions:
    """The part of NodeParser (node_statements.py) that reads expressions, from the token at `at`."""
    def text(self, more=0):
        return self.texts[min(self.at + more, len(self.texts) - 1)] if self.kinds[min(self.at + more, len(self.kinds) - 1)] in ("mark", "word") else ""

    def is_word(self, at=None):
        return self.kinds[self.at if at is None else at] == "word"

    def take(self, text):
        if self.text() != text:
            raise NotRead(f"{text} is missing")  # noqa: F821 node_tokens.py
        self.at += 1

    def takes(self, text):
        found = self.text() == text
        self.at += found
        return found

    def put_at(self, node, at=None):
        node.lineno = node.end_lineno = self.lines[self.at if at is None else at]
        node.col_offset = node.end_col_offset = 0
        return node

    def lost_at(self, at=None):
        return self.put_at(Lost(), at)  # noqa: F821 modules.py

    def name(self, name, at=None):
        return self.put_at(ast.Name(name, ast.Load()), at)

    def constant(self, value, at=None):
        return self.put_at(ast.Constant(value), at)

    def apply(self, function, *args, at=None):
        return self.put_at(ast.Call(self.name(function, at) if isinstance(function, str) else function, list(args), []), at)

    def end_of(self, at):
        """Behind the bracket that closes this one."""
        if at not in self.ends:
            raise NotRead("a bracket is not closed")  # noqa: F821
        return self.ends[at] + 1

    # One of several, between commas: what is not understood ends at the next of them.

    def element(self, end):
        begin, state = self.at, self.state()
        try:
            found = self.assignment()
            if self.at >= end or self.text() == ",":
                return found
        except NotRead:  # noqa: F821
            pass
        self.restore(state)
        self.at = begin
        while self.at < end and self.text() != ",":
            self.at = self.end_of(self.at) if self.at in self.ends else self.at + 1
        return self.lost_at(begin)

    def between(self):
        """What stands within the brackets that begin here, one by one."""
        begin, found = self.at, []
        end = self.end_of(begin) - 1
        self.at += 1
        while self.at < end:
            at = self.at
            if self.takes(","):
                continue
            if self.takes("..."):
                found.append(self.put_at(ast.Starred(self.element(end), ast.Load()), at))
            else:
                found.append(self.element(end))
        self.at = end + 1
        return found

    # From what binds least.

    def expression(self):
        """Of several between commas, the last."""
        found = self.assignment()
        while self.takes(","):
            found = self.assignment()
        return found

    def assignment(self):
        self.depth += 1
        if self.depth > DEEPEST_NODE:
            self.depth -= 1
            raise NotRead("it stands too deeply")  # noqa: F821
        try:
            begin = self.at
            if self.arrow_ahead():
                return self.arrow()
            if self.text() == "<" and (behind := self.pass_angles(self.at, True)) is not None:  # a generic arrow, or a type before a value
                self.at = behind
                return self.assignment()
            found = self.condition()
            if self.text() in ASSIGNS and self.kinds[self.at] == "mark":
                found = self.assigned(found, begin)
            return found
        finally:
            self.depth -= 1

    def assigned(self, target, begin):
        sign = self.text()
        self.at += 1
        self.called_after = last_name_of(target) or self.called_after
        value = self.assignment()
        if sign in ("||=", "??="):
            value = self.put_at(ast.BoolOp(ast.Or(), [target, value]), begin)
        elif sign == "+=":
            value = self.sum_of(target, value, begin)
        elif sign != "=":
            value = self.lost_at(begin)
        self.give_anew(target, self.lost_at(begin) if self.conditions else value, begin)
        return value

    def condition(self):
        test = self.binary(1)
        if self.text() != "?":
            return test
        at = self.at
        self.at += 1
        self.conditions += 1
        try:
            yes = self.assignment()
            self.take(":")
            no = self.assignment()
        finally:
            self.conditions -= 1
        return self.put_at(ast.IfExp(test, yes, no), at)

    def binary(self, least):
        left = self.unary()
        for _ in range(LONGEST_CHAIN):
            sign, at = self.text(), self.at
            if sign in ("as", "satisfies") and not self.breaks[at]:
                self.at = self.pass_type(at + 1)
                continue
            binds = BINDS.get(sign)
            if binds is None or binds < least:
                return left
            self.at += 1
            self.conditions += binds <= 3
            try:
                right = self.binary(binds + (sign != "**"))
            finally:
                self.conditions -= binds <= 3
            left = self.joined(sign, left, right, at)
        raise NotRead("it is too long")  # noqa: F821

    def joined(self, sign, left, right, at):
        if sign in ("||", "??", "&&"):
            return self.put_at(ast.BoolOp(ast.And() if sign == "&&" else ast.Or(), [left, right]), at)
        if sign == "+":
            return self.sum_of(left, right, at)
        if sign == "/" and ast.unparse(left) == "Date.now()":  # in seconds
            return self.apply(self.put_at(ast.Attribute(self.name("time", at), "time", ast.Load()), at), at=at)
        if sign in ARITHMETIC:
            return self.put_at(ast.BinOp(left, ARITHMETIC[sign](), right), at)
        if sign in COMPARISONS:
            return self.put_at(ast.Compare(left, [COMPARISONS[sign]()], [right]), at)
        return self.lost_at(at)

    def sum_of(self, left, right, at):
        """What is added to a text becomes one."""
        parts = [one for side in (left, right) for one in (side.values if isinstance(side, ast.JoinedStr) else [side])]
        if not any(isinstance(side, ast.JoinedStr) or isinstance(side, ast.Constant) and isinstance(side.value, str) for side in (left, right)):
            return self.put_at(ast.BinOp(left, ast.Add(), right), at)
        return self.put_at(ast.JoinedStr([self.part(one, at) for one in parts]), at)

    def part(self, node, at):
        is_part = isinstance(node, ast.FormattedValue) or isinstance(node, ast.Constant) and isinstance(node.value, str)
        return node if is_part else self.put_at(ast.FormattedValue(node, -1, None), at)

    def unary(self):
        sign, at = self.text(), self.at
        if sign in ("await", "yield") and not self.breaks[at + 1] and self.text(1) not in (")", ",", ";", "]", "}", ".", "="):
            self.at += 1
            self.takes("*")
            return self.unary_within()
        if sign in ("!", "-", "+", "typeof", "void", "delete", "~", "++", "--") and self.kinds[at] in ("mark", "word"):
            self.at += 1
            inner = self.unary_within()
            if sign == "!":
                return self.put_at(ast.UnaryOp(ast.Not(), inner), at)
            if sign == "-":
                return self.put_at(ast.UnaryOp(ast.USub(), inner), at)
            if sign == "+":
                return self.apply("int", inner, at=at)
            if sign in ("++", "--"):
                self.give_anew(inner, self.lost_at(at), at)
            return self.lost_at(at)
        return self.postfix()

    def unary_within(self):
        self.depth += 1
        if self.depth > DEEPEST_NODE:
            self.depth -= 1
            raise NotRead("it stands too deeply")  # noqa: F821
        try:
            return self.unary()
        finally:
            self.depth -= 1

    def postfix(self):
        at = self.at
        found = self.made_new() if self.takes("new") else self.primary()
        for _ in range(LONGEST_CHAIN):
            sign, here = self.text(), self.at
            if sign in (".", "?."):
                self.at += 1
                if self.text() in ("(", "[") and sign == "?.":
                    continue
                if not self.is_word():
                    raise NotRead("a name is missing")  # noqa: F821
                name = self.texts[self.at].lstrip("#")
                self.at += 1
                found = self.attribute_of(found, name, here)
            elif sign == "[":
                given = self.between()
                key = given[-1] if given else self.lost_at(here)
                found = self.variable(key, here) if ast.unparse(found) == "process.env" else self.put_at(ast.Subscript(found, key, ast.Load()), here)
            elif sign == "(":
                before = self.called_after
                if isinstance(found, ast.Attribute) and found.attr in NODE_ROUTES and self.kinds[here + 1] == "string" and (self.texts[here + 1] or "").startswith("/"):  # noqa: F821
                    self.called_after = "_".join([found.attr, *re.findall(r"\w+", self.texts[here + 1])])  # a handler is called by its route
                args, self.called_after = self.between(), before
                found = self.called(found, args, here)
            elif sign == "<" and (behind := self.pass_angles(here, True)) and self.kinds[behind] == "mark" and self.texts[behind] == "(":
                self.at = behind
            elif self.kinds[here] == "template":
                self.at += 1
                found = self.apply(found, self.template(here), at=here)
            elif sign == "!" and not self.breaks[here]:
                self.at += 1
            elif sign in ("++", "--") and not self.breaks[here]:
                self.at += 1
                self.give_anew(found, self.lost_at(here), here)
                return self.lost_at(here)
            else:
                return found
        raise NotRead(f"what begins on line {self.lines[at]} is too long")  # noqa: F821

    def made_new(self):
        at = self.at
        if self.takes("."):  # new.target
            self.at += 1
            return self.lost_at(at)
        found = self.made_new() if self.takes("new") else self.primary()
        while self.text() == "." and self.is_word(self.at + 1):
            found = self.put_at(ast.Attribute(found, self.texts[self.at + 1], ast.Load()), at)
            self.at += 2
        if self.text() == "<" and (behind := self.pass_angles(self.at, True)):
            self.at = behind
        return self.called(found, self.between() if self.text() == "(" else [], at)

    def primary(self):
        kind, text, at = self.kinds[self.at], self.texts[self.at], self.at
        if kind == "string":
            self.at += 1
            return self.constant(text, at) if text is not None else self.lost_at(at)
        if kind == "number":
            self.at += 1
            return self.number(text, at)
        if kind == "template":
            self.at += 1
            return self.template(at)
        if kind == "regex":
            self.at += 1
            return self.lost_at(at)
        if kind == "mark" and text == "(":
            inner = self.between()
            return inner[-1] if inner else self.lost_at(at)
        if kind == "mark" and text == "[":
            return self.put_at(ast.List(self.between(), ast.Load()), at)
        if kind == "mark" and text == "{":
            return self.object()
        if kind != "word" or text in NO_NAMES and text != "import":
            raise NotRead("it is not understood")  # noqa: F821
        if text == "function" or text == "async" and self.text(1) == "function" and not self.breaks[self.at + 1]:
            return self.function()
        if text in ("class", "abstract") and (text == "class" or self.text(1) == "class"):
            return self.class_()
        if text.startswith("@"):
            raise NotRead("a decorator stands in an expression")  # noqa: F821
        self.at += 1
        if text in NODE_CONSTANTS:
            return self.constant(NODE_CONSTANTS[text], at)
        if text == "import":  # import.meta, import("...")
            return self.name("import", at)
        if text in ("__dirname", "__filename") and self.known_as(text) == text and not any(block and text in block for block in self.blocks):
            return self.folder_of(at) if text == "__dirname" else self.name("__file__", at)
        return self.name("self" if text == "this" else self.known_as(text), at)

    def number(self, text, at):
        digits = text.replace("_", "").rstrip("n") if not text.lower().startswith("0x") else text.replace("_", "")
        try:
            return self.constant(int(digits, 0) if re.match(r"0[xXbBoO]|\d+$", digits) and not re.match(r"0\d", digits) and len(digits) < 20 else float(digits), at)
        except ValueError:
            return self.lost_at(at)

    def template(self, at):
        """Texts, and between them what is put in."""
        parts = []
        for part in self.texts[at]:
            if isinstance(part, Tokens):  # noqa: F821 node_tokens.py
                parts.append(self.put_at(ast.FormattedValue(self.within(part), -1, None), at))
            elif part is None:
                return self.lost_at(at)
            elif part:
                parts.append(self.constant(part, at))
        if all(isinstance(part, ast.Constant) for part in parts):
            return self.constant("".join(part.value for part in parts), at)
        return self.put_at(ast.JoinedStr(parts), at)

    def within(self, tokens):
        """The expression that other tokens are."""
        mine = self.kinds, self.texts, self.lines, self.breaks, self.ends, self.at
        self.kinds, self.texts, self.lines, self.breaks, self.ends, self.at = tokens.kinds, tokens.texts, tokens.lines, tokens.breaks, tokens.ends, 0
        try:
            return self.element(len(tokens.kinds) - 4)
        finally:
            self.kinds, self.texts, self.lines, self.breaks, self.ends, self.at = mine

    def object(self):
        begin, keys, values = self.at, [], []
        end = self.end_of(begin) - 1
        self.at += 1
        while self.at < end:
            if self.takes(","):
                continue
            at, state = self.at, self.state()
            try:
                key, value = self.member(end)
            except NotRead:  # noqa: F821
                self.restore(state)
                self.at = at
                while self.at < end and self.text() != ",":
                    self.at = self.end_of(self.at) if self.at in self.ends else self.at + 1
                key, value = None, self.lost_at(at)  # it may be of any name
            keys.append(key)
            values.append(value)
        self.at = end + 1
        return self.put_at(ast.Dict(keys, values), begin)

    def member(self, end):
        """Of an object: its key, None for what is spread, and its value."""
        at = self.at
        if self.takes("..."):
            return None, self.element(end)
        while self.text() in ("async", "get", "set", "static", "*") and self.text(1) not in (",", ":", "(", "}", "="):
            self.at += 1
        kind, text = self.kinds[self.at], self.texts[self.at]
        if kind == "mark" and text == "[":
            given = self.between()
            key = given[-1] if given else self.lost_at(at)
        elif kind in ("word", "string", "number") and text is not None:
            self.at += 1
            key = self.constant(text if kind != "number" else int(text) if text.isdigit() else text, at)
        else:
            raise NotRead("a key is not understood")  # noqa: F821
        if self.text() in ("(", "<"):
            return key, self.method(text if kind == "word" else "")
        if self.takes(":"):
            before, self.called_after = self.called_after, text if kind in ("word", "string") else self.called_after
            try:
                return key, self.element(end)
            finally:
                self.called_after = before
        if kind == "word" and (self.at >= end or self.text() in (",", "=")):
            if self.takes("="):
                self.element(end)
            return key, self.constant(NODE_CONSTANTS[text], at) if text in NODE_CONSTANTS else self.name(self.known_as(text), at)
        raise NotRead("a value is missing")  # noqa: F821


def last_name_of(node):
    """What it is called by its last name."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
