# SPDX-License-Identifier: Apache-2.0
# What python-dotenv makes of a .env file (its parser is held beside this one by tests/adopt/test_settings_reader.py), and
# where each value stands. The environment of our own process says nothing about the application's, and is not asked.
import codecs
import re

# Of a value with what ${...} in it stands for, and of all values of a file: names that stand for names, ten of each, come
# to gigabytes within a dozen lines.
LONGEST_VALUE, MOST_OF_VALUES = 64 * 1024, 1024 * 1024


class TooLarge(Exception):
    """A file of the application that is not read to its end; its text is told to the operator."""


class Text:
    """A text that is read piece by piece, and the line on which the next piece begins."""
    def __init__(self, text):
        self.text, self.at, self.counted, self.lines = text, 0, 0, 1

    def take(self, pattern):
        found = re.compile(pattern, re.UNICODE).match(self.text, self.at)
        if not found:
            raise ValueError(pattern)
        self.at = found.end()
        return found.groups()[0] if found.groups() else found.group()

    def next(self):
        return self.text[self.at:self.at + 1]

    def line(self):
        # Counted on from the last time, as a file has many lines.
        self.lines += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        return self.lines


def unescaped(text, which):
    return re.sub(which, lambda found: codecs.decode(found.group(), "unicode-escape"), text)


def value_of(text):
    if text.next() == "'":
        return unescaped(text.take(r"'((?:\\'|[^'])*)'"), r"\\[\\']")
    if text.next() == '"':
        return unescaped(text.take(r'"((?:\\"|[^"])*)"'), r"\\[\\'\"abfnrtv]")
    if text.next() in ("", "\n", "\r"):
        return ""
    # Looked for from the first of some white space alone, as a long run of it would be searched from each of its places.
    return re.sub(r"(?<!\s)\s+#.*", "", text.take(r"([^\r\n]*)")).rstrip()


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
    text, found, known, size = Text(content), {}, {}, 0
    while text.next():
        try:
            name, value, line = binding(text)
        except ValueError:  # the rest of a line that is none is passed over
            text.take(r"[^\r\n]*(?:\r|\n|\r\n)?")
            continue
        if name is not None:
            found.pop(name, None)
            known.pop(name, None)
        if name is not None and value is not None:
            known[name] = expanded(value, known, line)
            found[name] = known[name], line
            size += len(known[name])
            if size > MOST_OF_VALUES:
                raise TooLarge(f"{line}: what the file says comes to more than {MOST_OF_VALUES // 1024} KiB")
    return found


def expanded(value, known, line):
    """Raises TooLarge before a text is made that is longer than a value may be."""
    if "${" not in value:
        return value
    size = len(value)

    def grow(by):
        nonlocal size
        size += by
        if size > LONGEST_VALUE:
            raise TooLarge(f"{line}: with what ${{...}} stands for the value is longer than {LONGEST_VALUE // 1024} KiB")

    def one(found):
        text = known.get(found["name"], found["default"] if found["default"] is not None else "")
        grow(len(text) - len(found[0]))
        return text
    grow(0)
    # Behind the last brace there is nothing to find, and no name is longer: a search does not begin anew at each place.
    end = value.rfind("}") + 1
    return re.sub(r"\$\{(?P<name>[^\}:]{0,1000})(?::-(?P<default>[^\}]*))?\}", one, value[:end]) + value[end:]
