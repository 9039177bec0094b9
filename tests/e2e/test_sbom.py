# SPDX-License-Identifier: Apache-2.0
"""The bill of materials that `cmake --build build --target sbom` writes, against what the program is linked with and what npm's lock file says."""
import json
import re
import shutil
import subprocess

import pytest
from server import BINARY, ROOT

# By the library's name: Debian's package that it is built from.
PACKAGES = {"ssl": "libssl-dev", "crypto": "libssl-dev", "crypt": "libcrypt-dev", "argon2": "libargon2-dev", "sodium": "libsodium-dev", "sqlite3": "libsqlite3-dev", "fmt": "libfmt-dev",
            "utf8proc": "libutf8proc-dev", "idn2": "libidn2-dev", "zxcvbn": "libzxcvbn-dev", "z": "zlib1g-dev", "curl": "libcurl4-openssl-dev"}
OF_THE_SYSTEM = {"c", "m", "stdc", "gcc_s"}


@pytest.fixture(scope="module")
def bill(tmp_path_factory):
    if not shutil.which("node"):
        pytest.skip("there is no node")

    def written(name):
        path = tmp_path_factory.mktemp("bill") / name
        subprocess.run(["node", ROOT / "cmake/sbom.mjs", "9.9.9", ROOT, path], check=True)
        return path.read_bytes()

    first = written("one.json")
    assert written("two.json") == first, "it is the same for the same inputs"
    return json.loads(first)


def test_it_names_every_library_that_the_program_is_linked_with_in_its_version(bill):
    named = {component["name"]: component for component in bill["components"]}
    dynamic = subprocess.run(["readelf", "-d", BINARY], capture_output=True, text=True, check=True).stdout
    linked = set(re.findall(r"\[lib([A-Za-z_]+?[0-9]?)(?:\+\+)?(?:-[\w.]+)?\.so", dynamic)) - OF_THE_SYSTEM
    assert {"ssl", "crypto", "sqlite3"} <= linked
    for library in linked:
        package = PACKAGES[library]
        version = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True, check=True).stdout
        assert named[package]["version"] == version, library


def test_it_names_what_npm_brings_with_its_checksum(bill):
    locked = json.loads((ROOT / "web/package-lock.json").read_text())["packages"]
    named = {component["name"]: component for component in bill["components"]}
    for name in json.loads((ROOT / "web/package.json").read_text())["dependencies"]:
        assert named[name]["version"] == locked[f"node_modules/{name}"]["version"]
        assert named[name]["purl"] == f"pkg:npm/{name}@{named[name]['version']}"
        [digest] = named[name]["hashes"]
        assert digest["alg"] == "SHA-512" and re.fullmatch(r"[0-9a-f]{128}", digest["content"])


def test_a_build_downloads_from_npm_what_it_embeds_and_nothing_else():
    locked = json.loads((ROOT / "web/package-lock.json").read_text())["packages"]
    embedded = json.loads((ROOT / "web/package.json").read_text())["dependencies"]
    assert set(locked) == {"", *(f"node_modules/{name}" for name in embedded)}, "packaging/npm-lock takes the others out"


def test_it_has_the_shape_of_cyclonedx(bill):
    """https://cyclonedx.org/docs/1.5/json/: what it requires, and what tools look for."""
    assert bill["bomFormat"] == "CycloneDX" and bill["specVersion"] == "1.5" and bill["version"] == 1
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", bill["serialNumber"])
    assert bill["metadata"]["component"]["version"] == "9.9.9"
    references = [component["bom-ref"] for component in bill["components"]]
    assert len(references) == len(set(references))
    tops = {one["ref"]: one.get("dependsOn", []) for one in bill["dependencies"]}
    assert sorted(tops[bill["metadata"]["component"]["bom-ref"]]) == sorted(references)
    assert all(component["type"] == "library" and component["name"] and component["version"] for component in bill["components"])
