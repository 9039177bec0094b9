# SPDX-License-Identifier: Apache-2.0
# Which table an application has its users in, where its code says so: Django's AUTH_USER_MODEL names a model, whose table
# is db_table of its Meta, or else made of its application's label and its name (django.db.models.options).
import ast


class UserFinder:
    """The part of Finder (find.py) that is about the table of users."""
    def find_table(self):
        """Several settings that differ are a guess, as those of a test and of production are."""
        found = {}
        for module in self.modules:
            if "AUTH_USER_MODEL" in module.names:
                place = f"{module.name}:{module.names['AUTH_USER_MODEL'].lineno}"
                try:
                    said = self.evaluator.value(module.names["AUTH_USER_MODEL"], module)
                    found.setdefault(self.table_of(*said.split(".")), place)
                except Unknown as unknown:
                    self.not_found.append((unknown.where or place, f"table: {unknown.why}"))
        if not found:
            self.find_node_table()
        for table, place in found.items():
            self.note("table", table, place)
        if others := list(found.values())[1:]:
            where = self.found["table"][1]
            self.guess("table", f"The table of users is that of {where}, and not that of {', '.join(others)}. --table says otherwise", where)

    def table_of(self, label, model):
        for module in self.modules:
            if label in module.dotted.split(".")[:-1] and (made := module.classes.get(model)):
                if (meta := next((item for item in made.body if isinstance(item, ast.ClassDef) and item.name == "Meta"), None)) is None:
                    continue
                given = self.evaluator.fields(Settings(module, meta)).get("db_table")
                if given is not None:
                    return self.evaluator.value(given, module, {})
        return f"{label}_{model.lower()}"
