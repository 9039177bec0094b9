# SPDX-License-Identifier: Apache-2.0
# Which .env files an application reads, and which of its parts reads which: as python-dotenv and pydantic look for them.
import configparser
import os
import re


class Environment:
    def __init__(self, files):
        self.files = files  # name -> what parse_dotenv() gives, with "file:line" for its lines
        self.texts = {}     # name -> (path, text), of all files that are read
        self.compose = {}   # what compose.yaml puts into the environment: asked last, as the application may run without it
        self.asked = []     # those that settings classes name
        self.loads = []     # what load_dotenv() and the like read: (module's name, the file's name or None where that is not known, where)

    def of_decouple(self, place):
        """What decouple's `config` reads: settings.ini or .env of the first folder above its caller that has one, each by
        rules of its own. None where there is none."""
        for folder in self.above(place):
            for name in (os.path.join(folder, "settings.ini"), os.path.join(folder, ".env")):
                if name in self.texts:
                    return decouple_values(name, self.texts[name][1])
        return None

    def is_usual(self, name):
        return os.path.basename(name) == ".env"

    def above(self, place):
        """The folders from that of a file up to the first."""
        folder = os.path.dirname(place)
        while folder:
            yield folder
            folder = os.path.dirname(folder)
        yield ""

    def nearest(self, place, called=".env"):
        return next((name for folder in self.above(place) if (name := os.path.join(folder, called)) in self.files), None)

    def named(self, path, place, folder):
        """The file that is meant by a path, where the application may run in any folder above the one that says it."""
        if os.path.isabs(path):
            name = os.path.relpath(path, folder)
            return name if name in self.files else None
        return next((name for above in self.above(place) if (name := os.path.normpath(os.path.join(above, path))) in self.files), None)

    def of_module(self, place):
        """name -> (value, where), or a reason why that cannot be told."""
        own = [load for load in self.loads if load[0] == place]
        loads = own or self.loads
        if loads:
            found = {}
            for _, name, where in loads:
                if name is None:
                    return f"which file is read at {where} has to be computed"
                for key, entry in self.files.get(name, {}).items():
                    found.setdefault(key, entry)
            return found
        name = self.nearest(place)
        return self.files[name] if name else self.all()

    def all(self):
        """What is said in the files that the code names, or else in any, the first folder's first."""
        found = {}
        named = [name for _, name, _ in self.loads if name] + self.asked
        for name in named or sorted(filter(self.is_usual, self.files), key=lambda name: (name.count(os.sep), name)):
            for key, entry in self.files.get(name, {}).items():
                found.setdefault(key, entry)
        return {**self.compose, **found}

    def otherwise(self, key, where):
        """Where another .env, or compose.yaml, says something else of a name."""
        said = next((entry[key] for entry in (self.files.get(re.sub(r":\d+$", "", where), {}),) if key in entry), None)
        if said and key in self.compose and said[0] != self.compose[key][0] and not is_one_database(said[0], self.compose[key][0]):
            return self.compose[key][1]
        name = re.sub(r":\d+$", "", where)
        if not self.is_usual(name) or key not in self.files.get(name, {}):
            return ""
        value = self.files[name][key][0]
        return next((found[key][1] for other, found in self.files.items() if self.is_usual(other) and other != name and key in found and found[key][0] != value), "")


def is_one_database(one, other):
    """A database has another host within containers, and the same name."""
    parts = [re.match(r"(\w+)[+\w]*://(?:[^/]*)/([\w-]+)", text) for text in (one, other)]
    return all(parts) and parts[0][2] == parts[1][2] and not one.startswith("sqlite")


class AnyCase(dict):
    """What an .ini says: its names have no case."""
    def __contains__(self, name):
        return super().__contains__(name.lower())

    def __getitem__(self, name):
        return super().__getitem__(name.lower())


def decouple_values(name, text):
    """name -> (value, where). Of its .env nothing is cut, and nothing is filled in; of its .ini one section counts."""
    found, lines = {}, text.splitlines()
    if name.endswith(".ini"):
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read_string(text)
        except configparser.Error:
            return {}
        for key, value in parser["settings"].items() if "settings" in parser else []:
            line = next((number for number, row in enumerate(lines, 1) if re.match(rf"{re.escape(key)}\s*[=:]", row.strip(), re.I) and row.strip().endswith(value.split("\n")[0])), 1)
            found[key] = value, f"{name}:{line}"
        return AnyCase(found)
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        if not line.startswith("#") and "=" in line:
            key, value = (part.strip() for part in line.split("=", 1))
            found[key] = value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value, f"{name}:{number}"
    return found


class FixedEnvironment:
    """The same for all."""
    def __init__(self, values):
        self.values, self.loads, self.files, self.asked, self.compose = values, [], {}, [], {}

    def of_decouple(self, _place):
        return None

    def of_module(self, _place):
        return self.values

    def all(self):
        return self.values

    def otherwise(self, _key, _where):
        return ""
