# SPDX-License-Identifier: Apache-2.0
# The tokens of JavaScript and TypeScript (https://tc39.es/ecma262/#sec-ecmascript-language-lexical-grammar), each with its line
# and whether a line ends before it, as a statement may end there. A file is read once, from its first letter to its last.
import re

NODE_SPACE = re.compile(r"[\s\ufeff]+")
NODE_TOKEN = re.compile(
    r"(?P<word>[#@]?[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*)"
    r"|(?P<number>0[xXbBoO][\da-fA-F_]+n?|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?n?)"
    r"|(?P<string>'(?:[^'\\\n]|\\[\s\S])*'|\"(?:[^\"\\\n]|\\[\s\S])*\")"
    r"|(?P<mark>>>>=|\.\.\.|===|!==|\*\*=|<<=|>>=|>>>|&&=|\|\|=|\?\?=|=>|==|!=|<=|>=|&&|\|\||\?\?|\?\.(?!\d)|\+\+|--|[-+*/%&|^]=|\*\*|<<|>>|[\s\S])")
NODE_REGEX = re.compile(r"/(?:[^\\/\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+/[A-Za-z]*")
# Behind these words a slash begins a regular expression, as it does behind most marks.
BEFORE_VALUES = {"return", "typeof", "case", "in", "of", "do", "else", "void", "delete", "throw", "new", "await", "yield", "instanceof"}
CLOSING = {")": "(", "]": "[", "}": "{"}
NODE_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|[\s\S]))")
NODE_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "v": "\v", "f": "\f", "0": "\0", "\n": "", "\r\n": "", "\u2028": "", "\u2029": ""}
IN_TEMPLATE = re.compile(r"[`\\]|\$\{")
DEEPEST_TEMPLATE = 12


class NotRead(Exception):
    """What is written in a way that is not understood; as much as possible around it is read."""


def node_text(raw):
    """What stands between quotation marks, without its escapes. None for what is no text that can be written in UTF-8."""
    def one(found):
        code = found[1] or found[2] or found[3]
        return chr(int(code, 16)) if code else NODE_ESCAPED.get(found[4], found[4])
    if "\\" not in raw:
        return raw
    try:
        made = NODE_ESCAPE.sub(one, raw).encode("utf-16", "surrogatepass").decode("utf-16")
        return made if "\\" not in NODE_ESCAPE.sub("", raw) else None
    except (ValueError, OverflowError):
        return None


class Tokens:
    """Lists beside each other: what each token is, its text, its line, and whether a line ends before it."""
    def __init__(self):
        self.kinds, self.texts, self.lines, self.breaks, self.ends = [], [], [], [], {}

    def add(self, kind, text, line, is_new_line):
        self.kinds.append(kind)
        self.texts.append(text)
        self.lines.append(line)
        self.breaks.append(is_new_line)

    def close(self, line):
        """An end that is never passed, and for each opening bracket where it is closed; None where it never is."""
        for _ in range(4):
            self.add("end", "", line, True)
        opened = []
        for at, text in enumerate(self.texts):
            if self.kinds[at] != "mark":
                continue
            if text in ("(", "[", "{"):
                opened.append(at)
            elif text in CLOSING:
                while opened and self.texts[opened[-1]] != CLOSING[text]:
                    opened.pop()
                if opened:
                    self.ends[opened.pop()] = at
        return self


class Tokenizer:
    def __init__(self, text):
        self.text, self.at, self.line = text, 0, 1
        self.no_regex_until = 0  # on this line none is closed: it is not looked for again

    def read(self, depth=0):
        """All tokens, or those up to the brace that closes what stands in a template."""
        tokens, is_new_line, braces = Tokens(), True, 0
        text, size = self.text, len(self.text)
        if self.at == 0 and text.startswith("#!"):
            self.at = text.find("\n") if "\n" in text else size
        while self.at < size:
            if space := NODE_SPACE.match(text, self.at):
                lines = space[0].count("\n")
                self.line, self.at, is_new_line = self.line + lines, space.end(), is_new_line or lines > 0
                continue
            if text.startswith(("//", "/*"), self.at):
                is_new_line = self.pass_over_comment() or is_new_line
                continue
            line = self.line
            if text[self.at] == "`":
                tokens.add("template", self.template(depth), line, is_new_line)
            elif text[self.at] == "/" and (found := self.regex(tokens)):
                tokens.add("regex", found, line, is_new_line)
            else:
                found = NODE_TOKEN.match(text, self.at)
                kind, one = found.lastgroup, found[0]
                if kind == "mark" and one == "}" and depth:
                    if braces == 0:
                        return tokens.close(line)
                    braces -= 1
                braces += kind == "mark" and one == "{"
                if kind == "string":
                    self.line += one.count("\n")
                    one = node_text(one[1:-1])
                tokens.add(kind, one, line, is_new_line)
                self.at = found.end()
            is_new_line = False
        if depth:
            raise NotRead("a template is not closed")
        return tokens.close(self.line)

    def pass_over_comment(self):
        """Whether a line ended in it."""
        is_line = self.text.startswith("//", self.at)
        end = self.text.find("\n" if is_line else "*/", self.at + 2)
        end = len(self.text) if end < 0 else end if is_line else end + 2
        lines = self.text.count("\n", self.at, end)
        self.at, self.line = end, self.line + lines
        return lines > 0

    def regex(self, tokens):
        """Where a value may begin, and not behind one, where it is a division."""
        kind, before = (tokens.kinds[-1], tokens.texts[-1]) if tokens.kinds else ("mark", "(")
        if kind in ("number", "string", "template", "regex") or kind == "word" and before not in BEFORE_VALUES or kind == "mark" and before in (")", "]", "++", "--") or self.at < self.no_regex_until:
            return None
        found = NODE_REGEX.match(self.text, self.at)
        if not found:
            end = self.text.find("\n", self.at)
            self.no_regex_until = len(self.text) if end < 0 else end
            return None
        self.at = found.end()
        return found[0]

    def template(self, depth):
        """Texts, and the tokens of what stands between ${ and }, one after the other."""
        if depth > DEEPEST_TEMPLATE:
            raise NotRead("templates stand within each other too deeply")
        parts, begin = [], self.at + 1
        at = begin
        while True:
            found = IN_TEMPLATE.search(self.text, at)
            if not found:
                raise NotRead("a template is not closed")
            if found[0] == "\\":
                at = found.end() + 1
                continue
            raw = self.text[begin:found.start()]
            self.line += raw.count("\n")
            parts.append(node_text(raw.replace("\r\n", "\n")))
            self.at = found.end()
            if found[0] == "`":
                return parts
            parts.append(self.read(depth + 1))
            self.at += 1
            begin = at = self.at
