# SPDX-License-Identifier: Apache-2.0
# Where the file of a SQLite database is that is named by a relative path: that follows from the folder in which the
# application runs, from Flask's `instance` or from the folder of Prisma's schema, and which file is there says more.
import os
import re


class PlaceFinder:
    """The part of Finder (find.py) that is about files of databases."""
    def placed(self, url, where):
        """The URL of the one file that is there; several are a guess, and none is told with where it was looked for."""
        found = re.match(r"^sqlite(?:\+\w+)?:///(?!/)([^?]+)", url)
        if not found or ":memory:" in url:
            return url
        path = os.path.normpath(found[1])
        places = list(dict.fromkeys(os.path.normpath(os.path.join(self.folder, folder, path)) for folder in self.folders_of_database(where)))
        there = [place for place in places if os.path.isfile(place)]
        shown = [os.path.relpath(place, self.folder) for place in there or places]
        if not there:
            self.not_found.append((where, f"{found[1]} is in none of the places where it was looked for: {', '.join(shown)}"))
            return url
        if len(there) > 1:
            self.guess("database_url", f"There are several files of the name that {where} says, and which one is meant depends on where the application runs: {shown[0]} is taken, and not {', '.join(shown[1:])}. --database-url says otherwise", where)
        return url if there[0] == os.path.join(self.folder, path) else f"sqlite:///{there[0]}"

    def folders_of_database(self, where):
        """Flask-SQLAlchemy 3 reads a relative file from the folder `instance`; others from the folder they run in."""
        places = [where, *self.engine_places]
        above = [folder for place in places for folder in self.env.above(place)]
        if any(dotted == "flask_sqlalchemy" for module in self.modules for _, dotted, _ in module.imports.values()):
            homes = ["", *above, *[os.path.dirname(module.name) for module in self.modules]]
            yield from (os.path.join(home, "instance") for home in homes)
        yield ""
        yield from above

    def from_prisma(self):
        """A file is named from the folder of the schema."""
        variables = self.env.all()
        for name, (_, text) in self.texts.items():
            found = re.search(r'^\s*url\s*=\s*(?:env\("([^"]+)"\)|"([^"]+)")', text, re.M) if name.endswith(".prisma") else None
            if not found:
                continue
            value = variables.get(found[1], (None,))[0] if found[1] else found[2]
            where = variables[found[1]][1] if found[1] in variables else f"{name}:{text.count(chr(10), 0, found.start()) + 1}"
            if value and value.startswith("file:"):
                path = value[5:].split("?")[0]
                value = "sqlite:///" + os.path.normpath(os.path.join(self.folder, os.path.dirname(name), path))
            if usable_url(value):  # noqa: F821 it stands before (databases.py)
                self.note("database_url", value, where)
