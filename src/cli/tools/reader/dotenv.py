# SPDX-License-Identifier: Apache-2.0
# What python-dotenv makes of a .env file (its parser is held beside this one by tests/adopt/test_settings_reader.py), and
# where each value stands. The environment of our own process says nothing about the application's, and is not asked.
import codecs
import re


class Text:
    """A text that is read piece by piece, and the line on which the next piece begins."""
    def __init__(self, text):
        self.text, self.at = text, 0

    def take(self, pattern):
        found = re.compile(pattern, re.UNICODE).match(self.text, self.at)
        if not found:
            raise ValueError(pattern)
        self.at = found.end()
        return found.groups()[0] if found.groups() else found.group()

    def next(self):
        return self.text[self.at:self.at + 1]

    def line(self):
        return self.text.count("\n", 0, self.at) + 1


def unescaped(text, which):
    return re.sub(which, lambda found: codecs.decode(found.group(), "unicode-escape"), text)


def value_of(text):
    if text.next() == "'":
        return unescaped(text.take(r"'((?:\\'|[^'])*)'"), r"\\[\\']")
    if text.next() == '"':
        return unescaped(text.take(r'"((?:\\"|[^"])*)"'), r"\\[\\'\"abfnrtv]")
    if text.next() in ("", "\n", "\r"):
        return ""
    return re.sub(r"\s+#.*", "", text.take(r"([^\r\n]*)")).rstrip()


def binding(text):
    """(name, value, line); a value of None is a name without '='."""
    text.take(r"\s*")
    line = text.line()
    if text.next() == "":
        return None, None, line
    text.take(r"(?:export[^\S\r\n]+)?")
    if text.next() == "#":
        name = None
    elif text.next() == "'":
        name = text.take(r"'([^']+)'")
    else:
        name = text.take(r"([^=\#\s]+)")
    text.take(r"[^\S\r\n]*")
    value = None
    if text.next() == "=":
        text.take(r"=[^\S\r\n]*")
        value = value_of(text)
    text.take(r"(?:[^\S\r\n]*#[^\r\n]*)?")
    text.take(r"[^\S\r\n]*(?:\r\n|\n|\r|$)")
    return name, value, line


def parse_dotenv(content):
    """name -> (value, line), the last assignment of each; values of None are left out."""
    text, found = Text(content), {}
    while text.next():
        try:
            name, value, line = binding(text)
        except ValueError:  # the rest of a line that is none is passed over
            text.take(r"[^\r\n]*(?:\r|\n|\r\n)?")
            continue
        if name is not None and value is None:
            found.pop(name, None)
        elif name is not None:
            found.pop(name, None)
            known = {other: old for other, (old, _) in found.items()}
            found[name] = expanded(value, known), line
    return found


def expanded(value, known):
    def one(found):
        return known.get(found["name"], found["default"] if found["default"] is not None else "")
    return re.sub(r"\$\{(?P<name>[^\}:]*)(?::-(?P<default>[^\}]*))?\}", one, value)
