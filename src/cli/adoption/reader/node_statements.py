# SPDX-License-Identifier: Apache-2.0
# Statements of JavaScript and TypeScript, as Python's. Each block has its own names: one that is declared again within another
# block gets another name. A statement that is not understood is passed over up to the next one.
import ast

BEGINS = {"const", "let", "var", "function", "class", "import", "export", "if", "for", "while", "do", "try", "switch", "return", "throw", "async", "interface", "type", "enum", "abstract", "declare", "namespace"}
NODE_ROUTES = ("get", "post", "put", "patch", "delete", "all", "use", "on")


class NodeParser(NodeExpressions, NodeTypes, NodeCalls, NodeNames, NodeFunctions, NodeImports):  # noqa: F821 they stand before this one
    """One file: its statements, what it imports and exports, and what it asks of Nest's configuration."""
    def __init__(self, tokens):
        self.kinds, self.texts, self.lines, self.breaks, self.ends = tokens.kinds, tokens.texts, tokens.lines, tokens.breaks, tokens.ends
        self.at, self.depth, self.conditions, self.called_after, self.count = 0, 0, 0, "", 0
        self.bodies, self.blocks = [[]], [{}]
        self.packages = {}    # name -> the package that it is, or is a part of
        self.imports = []     # (name, what it is called there or "*", from where, line)
        self.exports = {}     # what others call it -> what it is called here
        self.from_others, self.stars = [], []  # (what others call it, what it is called there, from where); from where all is exported
        self.namespaces, self.asked = [], []   # of Nest's configuration: (name, what gives it); (a node, the key that it asks for)

    def read(self):
        self.statements(len(self.kinds) - 4)
        return ast.Module(self.bodies[0], [])

    def state(self):
        return self.depth, self.conditions, self.called_after, len(self.bodies), len(self.blocks)

    def restore(self, state):
        """As it was before something that was not understood."""
        self.depth, self.conditions, self.called_after, bodies, blocks = state
        del self.bodies[bodies:], self.blocks[blocks:]

    def emit(self, node, at):
        self.bodies[-1].append(self.put_at(node, at))

    def known_as(self, name):
        return next((block[name] for block in reversed(self.blocks) if block and name in block), name)

    def declare(self, name, at):
        """By another name where a block around this one has declared it already."""
        outer = self.blocks[:-1]
        begin = max(at for at, block in enumerate(outer) if block is None) if None in outer else 0  # of its own function
        is_there = any(name in block for block in outer[begin:] if block)
        self.blocks[-1][name] = f"{name} of line {self.lines[at]}" if is_there else name
        return self.blocks[-1][name]

    def statements(self, end):
        while self.at < end:
            begin, state = self.at, self.state()
            self.called_after = ""
            try:
                self.statement(end)
            except NotRead:  # noqa: F821
                self.restore(state)
                self.pass_over(begin, end)
            if self.at <= begin:
                self.at = begin + 1

    def pass_over(self, begin, end):
        """Up to where the next statement may begin."""
        self.at = begin
        while self.at < end:
            if self.texts[self.at] == ";" and self.kinds[self.at] == "mark":
                self.at += 1
                return
            if self.at > begin and self.breaks[self.at] and (self.text() in BEGINS or self.text().startswith("@") or self.kinds[self.at] == "word" and self.lines[self.at] > self.lines[begin]):
                return
            self.at = min(self.ends[self.at] + 1, end) if self.at in self.ends else self.at + 1

    def statement(self, end):
        text, at = self.text(), self.at
        if text == ";" and self.takes(";"):
            return
        if text == "{":
            self.block()
        elif text.startswith("@") and self.is_word():
            self.decorated()
        elif text in ("const", "let", "var") and (self.is_word(at + 1) or self.text(1) in ("{", "[")) and self.text(1) != "enum":
            self.declaration()
        elif text == "import" and self.text(1) not in ("(", "."):
            self.import_()
        elif text == "export":
            self.export()
        elif text == "function" or text == "async" and self.text(1) == "function" and not self.breaks[at + 1]:
            self.function()
        elif text in ("class", "abstract") and (text == "class" or self.text(1) == "class"):
            self.class_()
        elif text in ("interface", "type", "declare", "namespace", "enum", "module") and self.is_word(at + 1) and not self.breaks[at + 1] or text == "const" and self.text(1) == "enum":
            self.pass_type_statement(end)
        elif (find := {"if": self.if_, "for": self.loop, "while": self.loop, "switch": self.switch, "do": self.do, "try": self.try_, "return": self.return_, "throw": self.return_}.get(text)) and self.is_word():
            find()
        elif text in ("break", "continue", "debugger"):
            self.at += 1 + (self.is_word(at + 1) and not self.breaks[at + 1])
        elif self.is_word() and self.text(1) == ":":  # a label
            self.at += 2
        else:
            value = self.expression()
            if not isinstance(value, (ast.Name, ast.Constant)):
                self.emit(ast.Expr(value), at)
        if not (self.at >= end or self.takes(";") or self.breaks[self.at] or self.texts[self.at - 1] in ("}", ":")):
            raise NotRead("a statement does not end")  # noqa: F821

    def block(self):
        end = self.end_of(self.at)
        self.at += 1
        self.blocks.append({})
        try:
            self.statements(end - 1)
        finally:
            self.blocks.pop()
        self.at = end

    def branch(self):
        """The statements of one way, a block or a single one."""
        self.bodies.append([])
        at = self.at
        try:
            if self.text() == "{":
                self.block()
            else:
                begin = self.at
                self.statement(len(self.kinds) - 4)
                if self.at <= begin:
                    raise NotRead("a statement is missing")  # noqa: F821
        finally:
            body = self.bodies.pop()
        return body or [self.put_at(ast.Pass(), at)]

    def test(self):
        if self.text() != "(":
            raise NotRead("a condition is missing")  # noqa: F821
        given = self.between()
        return given[-1] if given else self.lost_at()

    def if_(self):
        at = self.at
        self.at += 1
        test, body, other = self.test(), self.branch(), []
        if self.text() == "else":
            self.at += 1
            self.depth += 1
            if self.depth > DEEPEST_NODE:  # noqa: F821
                raise NotRead("it stands too deeply")  # noqa: F821
            other = self.branch()
            self.depth -= 1
        self.emit(ast.If(test, body, other), at)

    def loop(self):
        at = self.at
        self.at += 1
        self.takes("await")
        if self.text() != "(":
            raise NotRead("a condition is missing")  # noqa: F821
        begin, end = self.at, self.end_of(self.at)
        self.blocks.append({})
        self.bodies.append([])
        try:
            self.at = begin + 1
            if self.text() in ("const", "let", "var"):
                pattern = self.declaration()
                for name, _, _ in pattern or []:
                    self.give(ast.Name(name, ast.Store()), self.lost_at(at), at)
            self.at = end
            body = [*self.bodies[-1], *self.branch()]
        finally:
            self.bodies.pop()
            self.blocks.pop()
        self.emit(ast.While(self.lost_at(at), body, []), at)

    def do(self):
        at = self.at
        self.at += 1
        body = self.branch()
        self.take("while")
        self.test()
        self.emit(ast.While(self.lost_at(at), body, []), at)

    def switch(self):
        """What it does is not followed: it is taken for a loop, which loses what is given there."""
        at = self.at
        self.at += 1
        self.test()
        end = self.end_of(self.at)
        self.bodies.append([])
        self.blocks.append({})
        try:
            self.at += 1
            while self.at < end - 1:
                while self.text() in ("case", "default") and self.at < end - 1:
                    self.at += 1
                    while self.text() != ":" and self.at < end - 1:
                        self.at = self.end_of(self.at) if self.at in self.ends else self.at + 1
                    self.at += 1
                if self.at < end - 1:
                    begin, state = self.at, self.state()
                    try:
                        self.statement(end - 1)
                    except NotRead:  # noqa: F821
                        self.restore(state)
                        self.pass_over(begin, end - 1)
                    self.at = max(self.at, begin + 1)
        finally:
            body = self.bodies.pop()
            self.blocks.pop()
        self.at = end
        self.emit(ast.While(self.lost_at(at), body or [self.put_at(ast.Pass(), at)], []), at)

    def try_(self):
        at, handlers, last = self.at, [], []
        self.at += 1
        body = self.branch()
        if self.takes("catch"):
            if self.text() == "(":
                self.at = self.end_of(self.at)
            handlers.append(self.put_at(ast.ExceptHandler(None, None, self.branch()), at))
        if self.takes("finally"):
            last = self.branch()
        self.emit(ast.Try(body, handlers, [], last), at)

    def return_(self):
        at, is_return = self.at, self.text() == "return"
        self.at += 1
        is_empty = self.breaks[self.at] or self.text() in (";", "}") or self.kinds[self.at] == "end"
        value = None if is_empty else self.expression()
        self.emit(ast.Return(value) if is_return else ast.Raise(None, None), at)

    def decorated(self):
        decorators = []
        while self.text().startswith("@"):
            decorators.append(self.decorator())
        is_exported = self.takes("export")
        is_default = self.takes("default")
        name = self.class_(decorators).id
        if is_exported:
            self.exports["default" if is_default else name] = name
