# SPDX-License-Identifier: Apache-2.0
# What Node's dotenv makes of a .env file: its parser is one expression, the same from 16.4 to 18.0 (its lib/main.js; held
# beside this one by tests/adopt/test_node_env.py). It cuts an unquoted value at the first '#', takes backquotes, makes a
# new line of "\n" between double quotes alone, and leaves ${NAME} as it stands.
import os
import re

# JavaScript's white space, which is not Python's.
BLANK = "\\t\\n\\v\\f\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff"
# Its own begins with any white space, also of lines before; a name's own line is enough, and is found in one step.
NODE_LINE = re.compile(
    rf"(?:^|(?<=[\u2028\u2029]))(?:(?!\n)[{BLANK}])*(?:export[{BLANK}]+)?([A-Za-z0-9_.-]+)(?:[{BLANK}]*=[{BLANK}]*?|:[{BLANK}]+?)"
    rf"([{BLANK}]*'(?:\\'|[^'])*'|[{BLANK}]*\"(?:\\\"|[^\"])*\"|[{BLANK}]*`(?:\\`|[^`])*`|[^#\r\n]+)?[{BLANK}]*(?:#[^\n\r\u2028\u2029]*)?(?=[\u2028\u2029]|$)", re.M)
ALL_BLANK = re.compile(rf"^[{BLANK}]+|[{BLANK}]+\Z")
# Each line with a quotation mark is looked through to the file's end.
LONGEST_NODE_FILE = 64 * 1024
# They fill in $NAME, each in a way of its own.
EXPANDERS = re.compile(r'"(dotenv-expand|dotenv-flow|@dotenvx/dotenvx|next|vite|@?prisma(?:/client)?|@nestjs/config|react-scripts|nuxt|bun)"\s*:')


def parse_node_env(content):
    """name -> (value, line), the last assignment of each."""
    text, found = re.sub(r"\r\n?", "\n", content), {}
    if len(text) > LONGEST_NODE_FILE:
        raise TooLarge(f"1: a .env of Node's is longer than {LONGEST_NODE_FILE // 1024} KiB")  # noqa: F821 dotenv.py
    for one in NODE_LINE.finditer(text):
        value = ALL_BLANK.sub("", one[2] or "")
        is_double = value.startswith('"')
        value = re.sub("(?:^|(?<=[\u2028\u2029]))(['\"`])([\\s\\S]*)\\1(?=[\u2028\u2029]|$)", r"\2", value, flags=re.M)
        if is_double:
            value = value.replace("\\n", "\n").replace("\\r", "\r")
        found.pop(one[1], None)
        found[one[1]] = value, text.count("\n", 0, one.start(1)) + 1
    return found


def filled_in(value, others):
    """${NAME} and $NAME by what stands in the same file; None where something else is meant."""
    def one(found):
        name = found[1] or found[2]
        if name not in others or "$" in others[name][0]:
            raise KeyError(name)
        return others[name][0]
    try:
        made = re.sub(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))", one, value)
    except KeyError:
        return None
    return made if "$" not in made and "\\" not in value and len(made) <= LONGEST_NODE_FILE else None


class EnvFiles:
    """The part of Finder (find.py) that says by whose rules a .env is read."""
    def beside(self, name, manifest):
        """Those of a kind in the folder of a file, above it or below it."""
        folder = os.path.dirname(name)
        places = [(os.path.dirname(other), other) for other in self.texts if os.path.basename(other) == manifest]
        return [other for place, other in places if is_within(folder, place) or is_within(place, folder)]

    def parsed(self, name, text):
        """As python-dotenv reads it, unless Node is all that could; where both could, or PHP, what differs is a doubt."""
        packages = self.beside(name, "package.json")
        has_python = any(module.name.endswith(".py") and is_within(os.path.dirname(module.name), os.path.dirname(name)) for module in self.modules)
        is_php = bool(self.beside(name, "composer.json"))
        if not packages and not is_php:
            return parse_dotenv(text)  # noqa: F821 dotenv.py
        nodes = parse_node_env(text)
        if has_python or is_php:
            found = parse_dotenv(text)
            for key, (value, line) in found.items():
                if nodes.get(key, ("",))[0] != value:
                    self.doubts[f"{name}:{line}"] = f"{name}:{line} is taken as python-dotenv reads it, and {'PHP' if is_php else 'Node'} may read it otherwise"
            return found
        expander = next((one[1] for other in packages if (one := EXPANDERS.search(self.texts[other][1]))), None)
        for key, (value, line) in list(nodes.items()):
            if expander and re.search(r"\$\{?[A-Za-z_]", value):
                made = filled_in(value, nodes)
                self.doubts[f"{name}:{line}"] = f"The $ in {name}:{line} is taken {'as it stands' if made is None else 'for the names behind it'}, and {expander} may fill in something else"
                nodes[key] = (value if made is None else made, line)
        return nodes


def is_within(inner, outer):
    return outer == "" or inner == outer or inner.startswith(outer + "/")
