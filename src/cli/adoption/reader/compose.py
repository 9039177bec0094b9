# SPDX-License-Identifier: Apache-2.0
# What compose.yaml puts into the environment of an application's containers (https://docs.docker.com/reference/compose-file/services/).
# The file is read line by line, as far as `environment` and `env_file` need it, since what else stands there may be any YAML.
import os
import re

COMPOSE_FILE = re.compile(r"(docker-)?compose(\.(override|prod|production))?\.ya?ml$")
# Their variables set up a server of their own.
OF_SERVERS = re.compile(r"(^|/)(postgres|postgis|mysql|mariadb|redis|mongo|rabbitmq|memcached|adminer|pgadmin\w*|nginx|traefik|minio|elasticsearch|valkey|mailhog|mailpit)\b", re.I)
COMPOSE_KEY = re.compile(r"( *)(?:- +)?([\w.\"'<-]+)\s*:(?:\s+(.*))?$")


def unquoted(text):
    text = text.strip()
    if found := re.match(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^']|'')*)'", text):
        return re.sub(r"\\(.)", r"\1", found[1]) if found[1] is not None else found[2].replace("''", "'")
    return re.split(r"(?:^|\s)#", text, maxsplit=1)[0].strip()


def interpolated(text, variables):
    """None where a variable of the machine that it runs on is meant. https://docs.docker.com/reference/compose-file/interpolation/"""
    def one(found):
        if found[0] == "$$":
            return "$"
        value, default = variables.get(found[1] or found[4], (None,))[0], found[3]
        if value or value is not None and not (found[2] or "").startswith(":"):
            return value
        if default is None or not (found[2] or "").endswith("-"):
            raise KeyError(found[0])
        return default
    try:
        return re.sub(r"\$\$|\$\{(\w+)(?:(:?[-?])([^}]*))?\}|\$(\w+)", one, text)
    except KeyError:
        return None


class Compose:
    """One file: name -> (text, line) of the services that are the application's."""
    def __init__(self, text):
        self.lines = [(number, line.rstrip()) for number, line in enumerate(text.splitlines(), 1) if line.strip() and not line.lstrip().startswith("#")]
        self.anchors = {found[1]: at for at, (_, line) in enumerate(self.lines) if (found := re.search(r":\s+&(\S+)\s*$", line))}

    def indent(self, at):
        return len(self.lines[at][1]) - len(self.lines[at][1].lstrip())

    def block(self, at):
        """The lines below one; a list may stand as far left as its key."""
        found = []
        for inner in range(at + 1, len(self.lines)):
            is_item = self.lines[inner][1].lstrip().startswith("- ") and not self.lines[at][1].lstrip().startswith("- ")
            if self.indent(inner) < self.indent(at) + (0 if is_item else 1):
                break
            found.append(inner)
        return found

    def keys(self, block):
        """name -> (what stands behind it, its line's place), of the outermost of these lines."""
        left = min((self.indent(at) for at in block), default=0)
        found = [(COMPOSE_KEY.match(self.lines[at][1]), at) for at in block if self.indent(at) == left]
        return {unquoted(one[2]): (one[3] or "", at) for one, at in found if one}

    def named_services(self):
        every = self.keys(range(len(self.lines)))
        return {name: (self.keys(self.block(at)), at) for name, (_, at) in (self.keys(self.block(every["services"][1])) if "services" in every else {}).items()}

    def services(self):
        made = [one for one, _ in self.named_services().values()]
        own = [one for one in made if not ("image" in one and "build" not in one and OF_SERVERS.search(unquoted(one["image"][0])))]
        return [one for one in own if "build" in one] or own

    def pairs(self, behind, at, depth=0):
        """(name, text, line) of a map, of a list of NAME=text, or of an alias of one."""
        if alias := re.match(r"\*(\S+)$", behind.strip()):
            at = self.anchors.get(alias[1])
            if at is None or depth > 3:
                return
        for inner in self.block(at):
            number, line = self.lines[inner]
            item = re.match(r"\s*-\s+(.*)$", line)
            if item:
                name, equals, text = unquoted(item[1]).partition("=")
                if equals:
                    yield name, text, number
            elif found := COMPOSE_KEY.match(line):
                if found[2] == "<<":
                    yield from self.pairs(found[3] or "", inner, depth + 1)
                elif unquoted(found[3] or ""):
                    yield unquoted(found[2]), unquoted(found[3]), number

    def items(self, service, name):
        """What stands alone behind a key, or in a list."""
        if name not in service:
            return []
        behind, at = service[name]
        items = [re.sub(r"^\s*-\s+", "", self.lines[inner][1]) for inner in self.block(at)]
        listed = re.match(r"\[(.*)\]$", behind.strip())
        return [unquoted(one) for one in ([*listed[1].split(",")] if listed else [behind] if unquoted(behind) else items)]


class Container:
    """A service: the names by which others in its network reach it, and where this machine does."""
    def __init__(self, compose, name, service, line, variables):
        def said(text):
            return interpolated(unquoted(text), variables) or ""
        self.names = {name, *[said(service[key][0]) for key in ("container_name", "hostname") if key in service]}
        self.line, self.image = line, said(service["image"][0]) if "image" in service else ""
        self.variables = {one: said(text) for one, text, _ in compose.pairs(*service["environment"])} if "environment" in service else {}
        self.ports = {}  # within -> here
        for one in compose.items(service, "ports"):
            if found := re.match(r"(?:[\d.]+:)?(\d+):(\d+)(?:/tcp)?$", interpolated(one, variables) or ""):
                self.ports[found[2]] = found[1]
        text = "\n".join(compose.lines[at][1] for at in (compose.block(service["ports"][1]) if "ports" in service else []))
        for found in re.finditer(r"target:\s*[\"']?(\d+)[\"']?\s+published:\s*[\"']?(\d+)", text):
            self.ports[found[1]] = found[2]


def containers_of(texts, files):
    """Those of all compose files, each with where it stands."""
    found = []
    for name in sorted((name for name in texts if COMPOSE_FILE.match(os.path.basename(name))), key=lambda name: (name.count(os.sep), len(name), name)):
        compose = Compose(texts[name][1])
        for service, (entries, at) in compose.named_services().items():
            found.append((Container(compose, service, entries, compose.lines[at][0], files.get(os.path.join(os.path.dirname(name), ".env"), {})), f"{name}:{compose.lines[at][0]}"))
    return found


def on_the_host(url, volumes, folder):
    """A file of SQLite that is named by its place within a container: where a folder of this one is mounted there."""
    path = re.match(r"(sqlite(?:\+\w+)?:///)(/[^?]*)", url)
    for host, inner in [one.split(":")[:2] for one in volumes if path and re.match(r"\.{0,2}/?[^:]*:/", one)]:
        if host.startswith(".") and path[2].startswith(inner.rstrip("/") + "/"):
            return path[1] + os.path.normpath(os.path.join(folder, host, path[2][len(inner.rstrip("/")) + 1:]))
    return url


def of_compose(texts, files):
    """name -> (value, "file:line"), of the nearest file's services; files: those of .env, as Environment has them."""
    found = {}
    for name in sorted((name for name in texts if COMPOSE_FILE.match(os.path.basename(name))), key=lambda name: (name.count(os.sep), len(name), name)):
        folder = os.path.dirname(name)
        compose, beside = Compose(texts[name][1]), files.get(os.path.join(folder, ".env"), {})
        for service in compose.services():
            for variable, text, line in compose.pairs(*service["environment"]) if "environment" in service else []:
                value = interpolated(text, beside)
                if value is not None:
                    found.setdefault(variable, (on_the_host(value, compose.items(service, "volumes"), folder), f"{name}:{line}"))
            for path in reversed(compose.items(service, "env_file")):
                for variable, entry in files.get(os.path.normpath(os.path.join(folder, re.sub(r"^path:\s*", "", path))), {}).items():
                    found.setdefault(variable, entry)
    return found


class ContainerFinder:
    """The part of Finder (find.py) that is about databases in containers: their names are known to other containers alone."""
    def reach_container(self):
        """The same database where its port is published on this machine; where it is not, nobody here reaches it."""
        url, where = self.found["database_url"]
        parts = re.match(r"(\w+(?:\+\w+)?://(?:[^@/]*@)?)([\w.-]+)(?::(\d+))?((?:[/?].*)?)$", url)
        inner = parts and parts[3] or ("3306" if url.startswith(("mysql", "mariadb")) else "5432")
        known = [(one.ports.get(inner), place) for one, place in containers_of(self.texts, self.env.files) if parts and parts[2] in one.names]
        if not known or parts[2] in ("localhost", "127.0.0.1"):
            return
        port, place = next((one for one in known if one[0]), known[0])  # one file may publish what another one sets up
        if port is None:
            del self.found["database_url"]
            self.guesses = [guess for guess in self.guesses if guess["what"] != "database_url"]
            self.not_found.append((where, f"database_url: its host, {parts[2]}, is a container ({place}) that publishes no port, so that other containers alone reach it: publish its port (ports:), and say the URL with localhost in the environment, as DATABASE_URL"))
            return
        self.found["database_url"] = f"{parts[1]}localhost:{port}{parts[4]}", where
        self.guess("database_url", f"The host of {where}, {parts[2]}, is a container ({place}), whose name other containers alone know: localhost:{port}, where it is published, is taken. --database-url says otherwise", where)

    def from_container(self):
        """Where nothing else says a database: the one that a container is set up with."""
        if "database_url" in self.found:
            return
        found = []
        for container, place in containers_of(self.texts, self.env.files):
            kind = "mysql" if re.search(r"(^|/)(mysql|mariadb)\b", container.image) else "postgresql" if re.search(r"(^|/)(postgres|postgis)\b", container.image) else ""
            prefixes = ("MYSQL", "MARIADB") if kind == "mysql" else ("POSTGRES",)
            said = {name: next((container.variables[f"{prefix}_{key}"] for prefix in prefixes if container.variables.get(f"{prefix}_{key}")), "") for name, key in (("user", "USER"), ("password", "PASSWORD"), ("database", "DATABASE" if kind == "mysql" else "DB"))}
            if kind and (said["user"] or kind == "postgresql" and said["password"]):
                user = said["user"] or "postgres"
                found.append((self.url(kind, user, said["password"], next(iter(container.names)), None, said["database"] or user), place, container))
        if len(found) == 1:
            url, place, container = found[0]
            self.note("database_url", url, place)
            self.guess("database_url", f"No code says which database is meant: the one that {place} sets up is taken. --database-url says otherwise", place)
