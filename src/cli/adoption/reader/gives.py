# SPDX-License-Identifier: Apache-2.0
# What an expression gives a column of a new row: a text, a number, a yes or no, or of which kind it is where it is another
# one for each row, as the moment or a UUID. What has to be run is told as unknown.
import ast
import json
import re

# Of libraries; what the application defines itself under such a name is followed instead.
GIVES_NOW = re.compile(r"(^|\.)(utcnow|now|naive_now|aware_utcnow|now_utc|utc_now|current_timestamp|localtimestamp|CurrentTimestamp|Now|today|current_date|time\.time)$")
GIVES_UUID = re.compile(r"(^|\.)uuid[147]$")
EMPTY = {"dict": "{}", "list": "[]", "defaultdict": "{}", "MutableDict": "{}", "MutableList": "[]"}
# Methods of a moment that give the same moment in another form.
FORMS_OF_NOW = ("isoformat", "strftime", "timestamp", "astimezone", "date", "time", "timetuple")
SQL_NOW = re.compile(r"\s*\(*\s*(CURRENT_TIMESTAMP|NOW|SYSDATE|UTC_TIMESTAMP|LOCALTIMESTAMP|CURRENT_DATE|DATE(TIME)?\s*\(\s*'now'|STRFTIME\s*\(.*'now')", re.I)
SQL_TEXT = re.compile(r"\s*'((?:[^']|'')*)'(?:::[\w ]+)?\s*$")
SQL_NUMBER = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*$")
KINDS_OF_ENUM = re.compile(r"Enum$|Choices$|Flag$")
MOST_FOLLOWED = 6  # names and functions between a column and what it gets


class Given:
    """kind: text, number, yes_or_no, time, uuid, json, nothing; `member` of an Enum, until the column's type says what is written;
    `input` of whoever registers; `unknown`, with the expression as its value."""
    def __init__(self, kind, value="", where="", doubt=""):
        self.kind, self.value, self.where, self.doubt = kind, value, where, doubt

    def is_like(self, other):
        return (self.kind, self.value) == (other.kind, other.value)


class Member:
    """Of an Enum: its name there, and its value."""
    def __init__(self, name, value, bases):
        self.name, self.value = name, value
        self.is_choice = any(one.endswith("Choices") for one in bases)
        self.is_plain = self.is_choice or bool({"str", "int", "StrEnum", "IntEnum"} & bases)  # the object is its value


def given_scalar(value, node):
    """By what a constant is in Python."""
    if isinstance(value, bool):
        return Given("yes_or_no", "1" if value else "0")
    if isinstance(value, (int, float)):
        return Given("number", str(value))
    if isinstance(value, str):
        return Given("text", value)
    return Given("nothing") if value is None else Given("unknown", ast.unparse(node)[:80])


def given_by_sql(text):
    """A literal of SQL, or a clock."""
    if SQL_NOW.match(text):
        return Given("time")
    if found := SQL_TEXT.match(text):
        return Given("text", found[1].replace("''", "'"))
    if found := SQL_NUMBER.match(text):
        return Given("number", found[1])
    word = text.strip().lower()
    known = {"true": Given("yes_or_no", "1"), "false": Given("yes_or_no", "0"), "null": Given("nothing")}
    return known.get(word) or Given("unknown", text.strip()[:80])


class GivenFinder:
    """The part of Finder (find.py) that works out what expressions give."""
    def gives(self, node, module, owners=(), is_called=False, depth=0):
        """`owners` are the classes in whose body it stands, the innermost last; `is_called`: the column calls it for each row."""
        unknown = Given("unknown", ast.unparse(node)[:80])
        if depth > MOST_FOLLOWED:
            return unknown
        if isinstance(node, ast.Lambda):
            return self.gives(node.body, module, owners, False, depth + 1)
        if found := self.given_member(node, module, owners):
            return found
        if isinstance(node, (ast.Name, ast.Attribute)):
            if is_called and (found := self.given_by_calling(node, module, owners, depth)):
                return found
            if isinstance(node, ast.Name) and (found := self.given_by_name(node, module, owners, is_called, depth)):
                return found
            if isinstance(node, ast.Attribute) and node.attr == "hex" and self.gives(node.value, module, owners, False, depth + 1).kind == "uuid":
                return Given("uuid", "bare")
        if isinstance(node, ast.Call):
            if found := self.given_by_call(node, module, owners, depth):
                return found
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.FloorDiv)) and self.gives(node.left, module, owners, False, depth + 1).kind == "time":
            return Given("time", "text")  # milliseconds
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            first = self.gives(node.values[0], module, owners, False, depth + 1)
            return self.gives(node.values[-1], module, owners, False, depth + 1) if first.kind == "nothing" else first
        if isinstance(node, (ast.Dict, ast.List, ast.Tuple)):
            try:
                return Given("json", json.dumps(ast.literal_eval(node)))
            except (ValueError, TypeError):
                return unknown
        try:
            return given_scalar(self.evaluator.value(node, module, self.names_in(owners)), node)
        except Unknown:
            return unknown

    def names_in(self, owners):
        return {name: node for one in owners for name, node in self.evaluator.fields(one).items()}

    def given_by_name(self, node, module, owners, is_called, depth):
        """What stands for the name; a class body sees what stands above in it."""
        for one in reversed(owners):
            if (found := self.evaluator.fields(one).get(node.id)) is not None and found is not node:
                return self.gives(found, one.module, owners, is_called, depth + 1)
        home, name = self.module_with(node.id, module)
        if home and (found := home.names.get(name)) is not None and not isinstance(found, Lost):
            return self.gives(found, home, (), is_called, depth + 1)
        return None

    def module_with(self, name, module):
        """Where a name of a module is given, and what it is called there."""
        for _ in range(MOST_FOLLOWED):
            if name in module.names or name in module.classes or name in module.functions:
                return module, name
            if name in module.imports:
                level, dotted, original = module.imports[name]
                other = self.evaluator.find_module(level, dotted, module)
                if other is None or other is module:
                    return None, name
                module, name = other, original
                continue
            other = next((one for level, dotted in reversed(module.stars) if (one := self.evaluator.find_module(level, dotted, module)) and one is not module and name in {**one.names, **one.classes, **one.functions, **one.imports}), None)
            if other is None:
                return None, name
            module = other
        return None, name

    def function_at(self, node, module):
        """(module, function) of the application that is called so."""
        if isinstance(node, ast.Name):
            home, name = self.module_with(node.id, module)
        elif isinstance(node, ast.Attribute):
            home, name = self.evaluator.or_none(node.value, module, {}), node.attr
        else:
            return None
        return (home, home.functions[name]) if isinstance(home, Module) and name in home.functions else None

    def given_by_calling(self, node, module, owners, depth):
        """`default=datetime.utcnow`, `default=make_code`, `default=dict`."""
        if found := self.function_at(node, module):
            return self.given_by_function(*found, depth)
        text = ast.unparse(node)
        if isinstance(node, ast.Name) and node.id in module.imports:  # from django.utils import timezone; from time import time
            level, dotted, original = module.imports[node.id]
            text = f"{dotted.rsplit('.', 1)[-1]}.{original}"
        if GIVES_NOW.search(text):
            return Given("time", "day" if text.endswith(("today", "current_date")) else "text" if text.endswith("time.time") else "")
        if GIVES_UUID.search(text):
            return Given("uuid")
        last = text.rsplit(".", 1)[-1]
        return Given("json", EMPTY[last]) if last in EMPTY else None

    def given_by_function(self, home, function, depth):
        """Of one that returns one expression."""
        returned = [one for one in ast.walk(function) if isinstance(one, ast.Return) and home.function_around(one) is function]
        if len(returned) != 1 or returned[0].value is None or any(isinstance(one, (ast.If, ast.For, ast.While, ast.Try)) for one in function.body):
            return Given("unknown", f"{function.name}()")
        node = returned[0].value
        for _ in range(3):  # now = datetime.utcnow(); return now
            assigned = [one.value for one in function.body if isinstance(one, ast.Assign) and isinstance(node, ast.Name) and ast.unparse(one.targets[0]) == node.id]
            node = assigned[0] if len(assigned) == 1 else node
        return self.gives(node, home, (), False, depth + 1)

    def given_by_call(self, node, module, owners, depth):
        called = ast.unparse(node.func)
        last = called.rsplit(".", 1)[-1]
        if found := self.function_at(node.func, module):
            return self.given_by_function(*found, depth)
        if isinstance(node.func, ast.Attribute) and last in (*FORMS_OF_NOW, "replace"):
            inner = self.gives(node.func.value, module, owners, False, depth + 1)
            if inner.kind == "time" and (last != "replace" or all(word.arg in ("tzinfo", "microsecond") for word in node.keywords) and not node.args):
                return Given("time", "day" if last == "date" else "text" if last in ("isoformat", "strftime", "timestamp") else inner.value)
        if last in ("int", "str", "round", "float", "to_json") and len(node.args) == 1:
            inner = self.gives(node.args[0], module, owners, False, depth + 1)
            if inner.kind in ("time", "uuid"):
                return Given(inner.kind, inner.value or ("text" if inner.kind == "time" else "dashed"))
        if last in ("text", "literal", "literal_column", "SQL") and node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
            return given_by_sql(node.args[0].value)
        if last in ("true", "false") and not node.args:
            return Given("yes_or_no", "1" if last == "true" else "0")
        if last == "Decimal" and node.args and isinstance(node.args[0], ast.Constant):
            return given_by_sql(str(node.args[0].value))
        if last == "dumps" and node.args and (inner := self.gives(node.args[0], module, owners, False, depth + 1)).kind == "json":
            return Given("text", inner.value)
        if not node.args and not node.keywords or GIVES_NOW.search(called):
            return self.given_by_calling(node.func, module, owners, depth)
        return None

    # Members of enumerations.

    def class_at(self, node, module, owners=()):
        """The class of the application that an expression names: also one within another, or of a module."""
        if isinstance(node, ast.Name):
            for one in reversed(owners):
                if inner := self.class_within(one, node.id):
                    return inner
            home, name = self.module_with(node.id, module)
            return Settings(home, home.classes[name]) if home and name in home.classes else None
        if isinstance(node, ast.Attribute):
            if outer := self.class_at(node.value, module, owners):
                return self.class_within(outer, node.attr)
            holder = self.evaluator.or_none(node.value, module, {})
            if isinstance(holder, Module):
                home, name = self.module_with(node.attr, holder)
                return Settings(home, home.classes[name]) if home and name in home.classes else None
        return None

    def class_within(self, outer, name):
        return next((Settings(outer.module, item) for item in outer.node.body if isinstance(item, ast.ClassDef) and item.name == name), None)

    def lineage(self, made, depth=0):
        """The class behind what it inherits from, as Python looks for names: the last of them counts."""
        found = []
        for base in reversed(made.node.bases) if depth < MOST_FOLLOWED else []:
            one = self.class_at(base.value if isinstance(base, ast.Subscript) else base, made.module)
            if one is not None and one.node is not made.node:
                found += [other for other in self.lineage(one, depth + 1) if all(other.node is not known.node for known in found)]
        return [*found, made]

    def names_of_bases(self, made):
        return {ast.unparse(base.value if isinstance(base, ast.Subscript) else base).rsplit(".", 1)[-1] for one in self.lineage(made) for base in one.node.bases}

    def enum_at(self, node, module, owners=()):
        made = self.class_at(node, module, owners)
        return made if made and any(KINDS_OF_ENUM.search(one) for one in self.names_of_bases(made)) else None

    def given_member(self, node, module, owners):
        """`Role.USER`, `Role.USER.value`, `Role("user")`."""
        if isinstance(node, ast.Call) and len(node.args) == 1 and (made := self.enum_at(node.func, module, owners)):
            value = self.evaluator.or_none(node.args[0], module, self.names_in(owners))
            found = [one for name in self.evaluator.fields(made) if (one := self.member(made, name)) and one.value == value]
            return Given("member", found[0]) if found else Given("unknown", ast.unparse(node)[:80])
        if not isinstance(node, ast.Attribute):
            return None
        if node.attr in ("value", "name") and (inner := self.given_member(node.value, module, owners)) and inner.kind == "member":
            return given_scalar(getattr(inner.value, node.attr), node)
        made = self.enum_at(node.value, module, owners)
        found = self.member(made, node.attr) if made else None
        return Given("member", found) if found else None

    def member(self, made, name):
        node, bases = self.evaluator.fields(made).get(name), self.names_of_bases(made)
        if node is None or name.startswith("_"):
            return None
        if isinstance(node, ast.Tuple) and node.elts and any(one.endswith("Choices") for one in bases):
            node = node.elts[0]  # value and label
        if isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] == "auto":
            return Member(name, name.lower() if "StrEnum" in bases else None, bases)
        return Member(name, self.evaluator.or_none(node, made.module, self.evaluator.fields(made)), bases)
