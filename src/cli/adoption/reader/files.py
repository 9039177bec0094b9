# SPDX-License-Identifier: Apache-2.0
# What an application's code reads of its own files: YAML, INI, TOML and JSON, as PyYAML, configparser, tomllib and json read
# them. PyYAML is not Python's own, so a file of YAML is read here as far as it is plain; where it is not, it says the line.
import ast
import configparser
import json
import os
import re

LARGEST_FILE = 1_000_000
READ_BY = {"yaml": {"safe_load", "load", "full_load"}, "json": {"load", "loads"}, "tomllib": {"load", "loads"}, "tomli": {"load", "loads"}, "toml": {"load", "loads"}}
LOADERS = {"yaml.SafeLoader", "yaml.FullLoader", "yaml.Loader", "yaml.CSafeLoader", "yaml.UnsafeLoader", "SafeLoader", "FullLoader", "Loader"}
# YAML 1.1 as PyYAML resolves what stands there without quotes (yaml/resolver.py).
YAML_WORDS = {**dict.fromkeys(("yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True), **dict.fromkeys(("no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False), **dict.fromkeys(("", "~", "null", "Null", "NULL"))}
YAML_INT = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)$")
YAML_OTHER = re.compile(r"[-+]?0b[01_]+$|[-+]?0[0-7_]+$|[-+]?0x[0-9a-fA-F_]+$|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+$|[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?$|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?$"
                        r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*$|[-+]?\.(?:inf|Inf|INF)$|\.(?:nan|NaN|NAN)$|\d{4}-\d\d?-\d\d?")
YAML_KEY = re.compile(r"(\"[^\"\\]*\"|'[^']*'|[^\s\"'#&*!|>%@`,\[\]{}?:-][^#:]*?|-\w[\w-]*)\s*:(?:\s+(.*))?$")


class NotPlain(Exception):
    """A file of YAML, at this line."""


class Opened:
    """What open() gives."""
    def __init__(self, name, text):
        self.name, self.text = name, FileText(text)
        self.text.name = name


class FileText(str):
    """What read() gives."""
    name = ""


class Entries(dict):
    """A table of a file, and where its values stand."""
    def __init__(self, *given):
        super().__init__(*given)
        self.places = {}


class Ini(configparser.ConfigParser):
    """With the files that it was read from, the last of which counts: (name, text)."""
    files = ()


def yaml_scalar(text):
    if text in YAML_WORDS:
        return YAML_WORDS[text]
    if YAML_INT.match(text):
        return int(text.replace("_", ""))
    if YAML_OTHER.match(text):
        return lost("what this stands for in YAML is not understood", ast.Constant(text, lineno=0, col_offset=0))  # noqa: F821 it stands before (modules.py)
    return text


def yaml_value(text, number):
    """What stands behind a key on its line, without its comment."""
    quoted = re.match(r"\"((?:[^\"\\]|\\[nt\\\"/])*)\"\s*(?:\s#.*)?$", text)
    if quoted:
        return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), quoted[1])
    quoted = re.match(r"'((?:[^']|'')*)'\s*(?:\s#.*)?$", text)
    if quoted:
        return quoted[1].replace("''", "'")
    text = re.split(r"(?:^|\s)#", text, maxsplit=1)[0].rstrip()
    if re.match(r"\[[^\[\]{}\"'#&*!]*\]$", text):
        parts = [part.strip() for part in text[1:-1].split(",")]
        if any(part in ("<<", "=") or ": " in part or part.endswith(":") or part.startswith(("-", "?", "|", ">", "%", "@", "`")) for part in parts) or "" in parts[:-1]:
            raise NotPlain(number)
        return tuple(yaml_scalar(part) for part in parts if part)
    if text == "{}":
        return Entries()
    if text in ("<<", "=") or re.match(r"[\[\]{},&*!|>\"'%@`]|[-?:](?:\s|$)", text) or ": " in text or text.endswith(":"):
        raise NotPlain(number)
    return yaml_scalar(text)


def parse_yaml(text, name):
    """Raises NotPlain for what PyYAML reads otherwise than line by line: anchors, tags, texts of several lines and the like."""
    if "\t" in text or not text.isprintable() and re.search(r"[^\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]", text):
        raise NotPlain(1)
    rows = [(number, len(row) - len(row.lstrip(" ")), row.strip()) for number, row in enumerate(text.split("\n"), 1)]
    rows = [row for row in rows if row[2] and not row[2].startswith("#")]
    if rows and rows[0][1:] == (0, "---"):
        rows.pop(0)
    for number, depth, row in rows:
        if depth == 0 and row.startswith(("---", "...", "%")):
            raise NotPlain(number)
    found, left = yaml_block(rows, name)
    if left:
        raise NotPlain(left[0][0])
    return found


def yaml_block(rows, name):
    """(what the rows at the depth of the first one say, the rows behind them)"""
    if not rows:
        return None, rows
    depth = rows[0][1]
    if re.match(r"-(\s|$)", rows[0][2]):
        return yaml_list(rows, name, depth)
    table = Entries()
    while rows and rows[0][1] == depth:
        number, _, row = rows.pop(0)
        parts = YAML_KEY.match(row)
        if not parts:
            raise NotPlain(number)
        key = yaml_value(parts[1], number)
        if isinstance(key, ast.AST):
            raise NotPlain(number)
        given = parts[2] or ""
        is_empty = not given or given.startswith("#")
        if re.match(r"[|>][-+]?\s*(#.*)?$", given):
            while rows and rows[0][1] > depth:
                rows.pop(0)
            found = lost("it is a text of several lines", ast.Constant(None, lineno=number, col_offset=0))  # noqa: F821
        elif is_empty and rows and (rows[0][1] > depth or rows[0][1] == depth and re.match(r"-(\s|$)", rows[0][2])):
            found, rows = yaml_block(rows, name)
        else:
            found = None if is_empty else yaml_value(given, number)
        if rows and rows[0][1] > depth:
            raise NotPlain(rows[0][0])
        table[key] = found
        table.places[key] = f"{name}:{number}"
    return table, rows


def yaml_list(rows, name, depth):
    found = []
    while rows and rows[0][1] == depth and re.match(r"-(\s|$)", rows[0][2]):
        number, _, row = rows.pop(0)
        text = row[1:].strip()
        inner = [(number, depth + len(row) - len(text), text)] if text and not text.startswith("#") else []
        while rows and rows[0][1] > depth:
            inner.append(rows.pop(0))
        if len(inner) == 1 and not YAML_KEY.match(inner[0][2]) and inner[0][0] == number:
            found.append(yaml_value(text, number))
        else:
            one, left = yaml_block(inner, name)
            if left:
                raise NotPlain(left[0][0])
            found.append(one)
    return tuple(found), rows


def with_places(content, name, text):
    """Of JSON and TOML: the line that has both the key and the value, or the first one that has the key."""
    if isinstance(content, list):
        return tuple(with_places(one, name, text) for one in content)
    if not isinstance(content, dict):
        return content
    table, lines = Entries(), list(enumerate(text.splitlines(), 1))
    for key, one in content.items():
        table[key] = with_places(one, name, text)
        mine = [(number, row) for number, row in lines if re.match(rf"[{{,\s]*[\"']?{re.escape(str(key))}[\"']?\s*[:=]", row)]
        best = [number for number, row in mine if str(one) in row] or [number for number, _ in mine] or [1]
        table.places[key] = f"{name}:{best[0]}"
    return table


class Files:
    """The part of Evaluator (evaluate.py) that is about files which the application's code reads."""
    def opened(self, path, module):
        """The one file of this name in the folder of the code or one above it, in one of which the application runs."""
        if not isinstance(path, str):
            raise Unknown("which file is read has to be computed")  # noqa: F821
        folder, above = os.path.realpath(self.folder), os.path.dirname(module.name)
        homes = [above] + ([os.path.join(*above.split("/")[:number]) if number else "" for number in reversed(range(len(above.split("/"))))] if above else [])
        found = {}
        for home in homes:
            full = os.path.realpath(os.path.join(folder, home, path))
            if full.startswith(folder + os.sep) and os.path.isfile(full) and os.path.getsize(full) <= LARGEST_FILE:
                with open(full, encoding="utf-8", errors="replace", newline=None) as file:
                    found[os.path.relpath(full, folder)] = file.read()
        if not found:
            raise Unknown(f"it is opened, and {os.path.basename(path)} is not there")  # noqa: F821
        if len(set(found.values())) > 1:
            raise Unknown(f"there are several {os.path.basename(path)}")  # noqa: F821
        name, text = next(iter(found.items()))
        return Opened(name, text)

    def of_file(self, node, called, module, local):
        """What a call gives that reads a file; MISSING for any other."""
        last = called.rsplit(".", 1)[-1]
        if called in ("open", "io.open", "codecs.open") and node.args:
            return self.opened(self.value(node.args[0], module, local), module)
        if last in ("open", "read_text") and isinstance(node.func, ast.Attribute):
            file = self.opened(self.value(node.func.value, module, local), module)
            return file if last == "open" else file.text
        if last == "read" and isinstance(node.func, ast.Attribute) and not node.args:
            file = self.value(node.func.value, module, local)
            return file.text if isinstance(file, Opened) else MISSING  # noqa: F821
        if last in ("ConfigParser", "RawConfigParser", "SafeConfigParser"):
            return self.ini(node, last, module, local)
        if isinstance(node.func, ast.Attribute) and (last in ("get", "getint", "getboolean", "getfloat")):
            return self.of_ini(node, last, module, local)
        library = called.split(".")[0] if "." in called else module.imports.get(called, ("", "", ""))[1]
        if last in READ_BY.get(library, ()) and node.args:
            return self.parsed_file(library, self.value(node.args[0], module, local), node, module)
        return MISSING  # noqa: F821

    def parsed_file(self, library, given, node, module):
        if library == "toml" and isinstance(given, str) and given.endswith(".toml"):
            given = self.opened(given, module)
        name, text = (given.name, given.text) if isinstance(given, Opened) else (getattr(given, "name", module.name), given)
        if not isinstance(text, str):
            raise Unknown("it has to be computed")  # noqa: F821
        if library == "yaml":
            loaders = [ast.unparse(one) for one in [*node.args[1:], *[word.value for word in node.keywords]]]
            try:
                if set(loaders) - LOADERS:
                    raise NotPlain(1)
                return parse_yaml(text, name)
            except NotPlain as problem:
                raise Unknown(f"the YAML of {name} is not understood at line {problem}") from None  # noqa: F821
        if library == "json":
            return with_places(json.loads(text), name, text)
        try:
            import tomllib
        except ImportError:
            raise Unknown(f"this Python reads no TOML, as {name} is") from None  # noqa: F821
        return with_places(tomllib.loads(text), name, text)

    def ini(self, node, kind, module, local):
        """Of the files that are read in the same function, where nothing else is done with it."""
        made = module.parents.get(node)
        words = {word.arg: ast.unparse(word.value) for word in node.keywords}
        ways = {None: configparser.BasicInterpolation, "None": configparser.Interpolation, "configparser.ExtendedInterpolation()": configparser.ExtendedInterpolation, "ExtendedInterpolation()": configparser.ExtendedInterpolation}
        way = ways.get(words.pop("interpolation", "None" if kind == "RawConfigParser" else None))
        if not isinstance(made, ast.Assign) or node.args or words or way is None:
            raise Unknown("how it is read is not understood")  # noqa: F821
        target, around = ast.unparse(made.targets[0]), module.function_around(node)
        parser, files = Ini(interpolation=way()), []
        for one in ast.walk(module.tree):
            if module.function_around(one) is not around:
                continue
            if any(re.match(re.escape(target) + r"[.\[]", ast.unparse(place)) for place in targets_of(one)):  # noqa: F821
                raise Unknown("it is changed later", module, one)  # noqa: F821
            if not isinstance(one, ast.Call) or not isinstance(one.func, ast.Attribute) or ast.unparse(one.func.value) != target:
                continue
            if one.func.attr in ("read", "read_file") and one.args:
                for before in module.around(one):
                    if isinstance(before, (ast.If, ast.For, ast.While, ast.ExceptHandler)):
                        raise Unknown("it depends on a condition", module, one)  # noqa: F821
                    if before is around:
                        break
                given = self.value(one.args[0], module, local)
                files += given if isinstance(given, tuple) else [given]
            elif not re.match(r"get|has_|sections|options|items", one.func.attr):
                raise Unknown("it is changed later", module, one)  # noqa: F821
        opened, missing = [], []
        for file in files:
            try:
                opened.append(file if isinstance(file, Opened) else self.opened(file, module))
            except Unknown as unknown:  # noqa: F821 ConfigParser.read() passes over those that are not there
                missing.append(unknown)
                if "not there" not in unknown.why:
                    raise
        if not opened:
            raise missing[0] if missing else Unknown("which file is read has to be computed")  # noqa: F821
        for file in opened:
            try:
                parser.read_string(file.text, file.name)
            except configparser.Error as error:
                raise Unknown(f"{file.name} is no INI file: {str(error).splitlines()[0]}") from None  # noqa: F821
        parser.files = [(file.name, file.text) for file in opened]
        return parser

    def of_ini(self, node, last, module, local):
        holder = self.or_none(node.func.value, module, local)
        if not isinstance(holder, (Ini, configparser.SectionProxy)):
            return MISSING  # noqa: F821
        given = [self.value(one, module, local) for one in node.args]
        words = {word.arg: self.value(word.value, module, local) for word in node.keywords}
        try:
            found = getattr(holder, last)(*given, **words)
        except configparser.Error:
            raise Unknown(f"{' '.join(map(str, given))} is not in it") from None  # noqa: F821
        if isinstance(holder, Ini):
            holder, given = holder[given[0]] if given[0] in holder else {}, given[1:]
        return self.noted(holder, given[0], found)

    def noted(self, holder, key, found):
        """Remembers where a value of a file stands."""
        if isinstance(holder, Entries) and key in holder.places:
            self.sources.append((str(key), found, holder.places[key]))
        elif isinstance(holder, configparser.SectionProxy) and isinstance(holder.parser, Ini):
            for name, text in holder.parser.files:
                section = ""
                for number, row in enumerate(text.splitlines(), 1):
                    section = row.strip()[1:-1] if re.match(r"\[.*\]$", row.strip()) else section
                    if section in (holder.name, "DEFAULT") and re.match(rf"{re.escape(str(key))}\s*[=:]", row.strip(), re.I):
                        self.sources.append((str(key), found, f"{name}:{number}"))
        return found
