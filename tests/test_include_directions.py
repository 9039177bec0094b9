# SPDX-License-Identifier: Apache-2.0
"""Who may include whom: the arrows are the keyhold_folder(NAME LINKS ...) lines of CMakeLists.txt, so there is one truth."""
import re

import pytest
from tree import ROOT, lines_of, sources

pytestmark = pytest.mark.tree
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')
# What users of the library include must compile without our dependencies.
NOT_IN_PUBLIC_HEADERS = re.compile(r"^(boost|openssl|curl|nlohmann|simdjson|rapidjson|mariadb|spdlog|fmt|CLI)/|^(toml|sqlite3|crypt|libpq-fe)\.")
# Rooms of a folder that stand in an order: none includes one that stands before it.
ROOMS = [("oauth/clients", "oauth/authorization"), ("store/accounts", "store/access", "store/events")]
# Headers that take seconds to compile, or whose meaning is to stay in one place, and the only files that include them.
ONLY_IN = {"boost/beast": "src/http/connection/request_parser.cpp", "CLI": "src/cli/parse.cpp", "toml.hpp": "src/server/settings/settings_load.cpp"}
# Adapters are for those who have the framework, and include it and the guard.
ADAPTERS = {"include/keyhold/httplib.hpp", "include/keyhold/beast.hpp"}
# A client library is its driver's alone.
CLIENTS = {"sqlite3.h": re.compile(r"^src/store/(sqlite|adoption)/|/version\.cpp$"), "libpq-fe.h": re.compile(r"^src/store/postgresql/"),
            "mariadb": re.compile(r"^src/store/mariadb/")}


def arrows():
    """Folder -> the folders whose headers it may include."""
    text = (ROOT / "CMakeLists.txt").read_text()
    found = {}
    for name, arguments in re.findall(r"^keyhold_folder\((\w+)([^)]*)\)", text, re.MULTILINE):
        links = re.search(r"\bLINKS((?:\s+(?!EXTERNAL\b)\w+)*)", arguments)
        found[name] = {name, *(links.group(1).split() if links else [])}
    return found


def includes(path):
    for number, line in lines_of(path):
        if match := INCLUDE.match(line):
            yield number, match.group(1), match.group(2)


def wrong_includes(path, allowed):
    folders = arrows().keys()
    for number, _, target in includes(path):
        folder = target.split("/")[0]
        if target.startswith(".") or (folder in folders and folder not in allowed):
            yield f"{path}:{number} includes {target}; allowed from here: {', '.join(sorted(allowed))}"


def test_the_arrows_are_those_of_the_design():
    assert arrows().keys() == {"base", "crypto", "jose", "net", "mail", "guard", "store", "domain", "http", "api", "oauth", "pages", "server", "cli"}
    assert arrows()["base"] == {"base"}
    assert arrows()["http"] == {"http", "base"}
    assert "http" not in arrows()["domain"]
    assert {f for f in arrows() if "server" in arrows()[f]} == {"server", "cli"} and {f for f in arrows() if "cli" in arrows()[f]} == {"cli"}


def test_every_include_follows_an_arrow():
    wrong = [line for path in sources("src") for line in wrong_includes(path, arrows()[path.parts[1]])]
    assert not wrong, "\n".join(wrong)


def table_of_the_readme():
    """The same as arrows(), by the table that readers see: names, or "all above but" some."""
    found = {}
    for name, cell in re.findall(r"^\| `src/(\w+)/` \|.*\|([^|]*)\|$", (ROOT / "README.md").read_text(), re.MULTILINE):
        words = set(re.findall(r"\w+", cell))
        found[name] = {name} | (found.keys() - words if "all above" in cell else words)
    return found


def test_the_table_of_the_readme_says_the_same():
    assert table_of_the_readme() == arrows()


def against_the_order(room, target):
    """Whether `target` is in a room that stands before this one."""
    return any(target.startswith(before + "/") for order in ROOMS if room in order for before in order[:order.index(room)])


def test_no_room_includes_one_that_stands_before_it():
    assert all((ROOT / "src" / room).is_dir() for order in ROOMS for room in order)
    wrong = [f"{path}:{number} includes {target}" for path in sources("src") for number, _, target in includes(path)
             if against_the_order("/".join(path.parts[1:3]), target)]
    assert not wrong, "\n".join(wrong)
    assert against_the_order("oauth/authorization", "oauth/clients/grant.hpp") and not against_the_order("oauth/clients", "oauth/authorization/raw.hpp")


def test_what_rooms_of_oauth_stand_on_includes_none_of_them():
    wrong = [f"{path}:{number} includes {target}" for path in sources("src") if path.parts[1] == "oauth" and len(path.parts) == 3
             for number, _, target in includes(path) if re.match("oauth/.*/", target)]
    assert not wrong, "\n".join(wrong)


def test_an_include_against_an_arrow_would_be_seen(tmp_path):
    bad = tmp_path / "bad.cpp"
    bad.write_text('#include "base/result.hpp"\n  # include "http/message.hpp"\n#include "../server/settings.hpp"\n')
    assert len(list(wrong_includes(bad, arrows()["domain"]))) == 2


@pytest.mark.parametrize(("library", "only"), ONLY_IN.items())
def test_a_heavy_library_is_included_by_one_file(library, only):
    users = {str(path) for path in sources("src") for _, _, target in includes(path) if target == library or target.startswith(library + "/")}
    assert users == {only}


def test_a_database_client_is_included_by_its_driver_alone():
    wrong = [f"{path}:{number} {target}" for path in sources("src") for number, _, target in includes(path)
             if (may := CLIENTS.get(target) or CLIENTS.get(target.split("/")[0])) and not may.search(str(path))]
    assert not wrong, wrong


def test_public_headers_include_no_dependency_of_ours():
    public = [path for path in sources("include") if str(path) not in ADAPTERS]
    wrong = [f"{path}:{number} {target}" for path in public for number, kind, target in includes(path)
             if NOT_IN_PUBLIC_HEADERS.match(target) or (kind == '"' and not target.startswith("keyhold/"))]
    assert not wrong, wrong
