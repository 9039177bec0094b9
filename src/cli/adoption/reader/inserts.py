# SPDX-License-Identifier: Apache-2.0
# What an application writes in SQL into the rows of people who register: literals, and what it hands over for placeholders.
import ast
import re

INSERTS = re.compile(r"\s*INSERT\s+(?:OR\s+\w+\s+)?INTO\s+([\w.\"`\[\]]+)\s*\(([^)]*)\)\s*VALUES\s*\(", re.I)
PLACEHOLDER = re.compile(r"\s*(\?|%s|\$\d+|:(\w+)|%\((\w+)\)s)\s*$")


class Registration:
    """One place that makes a row: its attributes and what they get, as (expression, module, function)."""
    def __init__(self, node, module, function, attributes):
        self.node, self.module, self.function, self.attributes = node, module, function, attributes
        self.conditional, self.is_sure = set(), False


class InsertFinder:
    """The part of RegistrationFinder (registration.py) that is about SQL."""
    def inserts(self):
        """(table, module, the text, what was found in it)"""
        for module in self.modules:
            if re.search(r"(^|/)(alembic|migrations|versions)/", module.name):
                continue
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and (found := INSERTS.match(node.value)):
                    yield found[1].rsplit(".", 1)[-1].strip('"`[]'), module, node, found

    def tables_of_inserts(self):
        return [(table, module) for table, module, _, _ in self.inserts()]

    def inserts_into(self, table):
        for called, module, node, found in self.inserts():
            function = module.function_around(node)
            if called.lower() == table.lower() and function is not None:
                place = Registration(node, module, function, {})
                self.read_insert(place, node, found)
                yield place

    def read_insert(self, place, node, found):
        columns = [one.strip().strip('"`[]') for one in found[2].split(",")]
        values = values_of_sql(node.value[found.end():])
        call = next((one for one in place.module.around(node) if isinstance(one, ast.Call) and ast.unparse(one.func).rsplit(".", 1)[-1] not in ("text", "SQL")), None)
        handed = None
        if call is not None and any(one is node for one in ast.walk(call)):
            handed = [one for one in call.args if not any(inner is node for inner in ast.walk(one))]
        positional = handed[0].elts if handed and isinstance(handed[0], (ast.Tuple, ast.List)) else handed or []
        named = {key.value: one for key, one in zip(handed[0].keys, handed[0].values) if isinstance(key, ast.Constant)} if handed and isinstance(handed[0], ast.Dict) else {}
        at = 0
        for column, text in zip(columns, values if len(values) == len(columns) else []):
            held = PLACEHOLDER.match(text)
            if not held:
                place.attributes[column] = (sql_literal(text, node), place.module, place.function)
                continue
            given = named.get(held[2] or held[3]) if held[2] or held[3] else positional[int(held[1][1:]) - 1] if held[1][0] == "$" and int(held[1][1:]) <= len(positional) else positional[at] if at < len(positional) else None
            at += not (held[2] or held[3])
            if given is not None:
                place.attributes[column] = (given, place.module, place.function)


def sql_literal(text, node):
    """`text("'user'")`, as SQLAlchemy would have it."""
    made = ast.Call(ast.Name("text", ast.Load()), [ast.Constant(text)], [])
    return ast.copy_location(ast.fix_missing_locations(ast.copy_location(made, node)), node)


def values_of_sql(text):
    """What stands between commas, up to the bracket that closes."""
    found, depth, quoted, one = [], 0, False, ""
    for letter in text:
        if letter == "'":
            quoted = not quoted
        elif not quoted and letter == "(":
            depth += 1
        elif not quoted and letter == ")":
            if depth == 0:
                return [*found, one]
            depth -= 1
        elif not quoted and depth == 0 and letter == ",":
            found.append(one)
            one = ""
            continue
        one += letter
    return []
