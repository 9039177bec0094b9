# SPDX-License-Identifier: Apache-2.0
"""What dpkg-buildpackage makes of this tree: ./test --packages. The packages are installed into a fresh Debian 12, where the service is started as its unit says."""
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import time

import pytest
from debian_packages import FRESH, ROOT, Debian, build, changes, packages, sh, unpacked

pytestmark = pytest.mark.skipif("KEYHOLD_TEST_PACKAGES" not in os.environ, reason="builds packages for some ten minutes: ./test --packages")
sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "tests")]
SERVICE = ROOT / "packaging/systemd/keyhold.service"


def test_these_packages_are_made():
    assert sorted(packages()) == ["keyhold", "keyhold-doc", "libkeyhold-dev", "libkeyhold-guard2"]


def test_lintian_has_nothing_to_say():
    done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", "--profile", "debian", changes()], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def programs_and_libraries():
    return [unpacked("keyhold") / "usr/bin/keyhold", *(path for name in ("libkeyhold-guard2", "libkeyhold-dev")
            for path in unpacked(name).rglob("libkeyhold*") if path.is_file() and not path.is_symlink() and path.parent.name != "overrides" and path.suffix != ".cmake")]


def test_no_program_tells_where_it_was_built():
    folder = str(changes().parent).encode()
    files = programs_and_libraries()
    assert len(files) == 4
    for path in files:
        assert folder not in path.read_bytes(), path.name
        assert str(ROOT).encode() not in path.read_bytes(), path.name


def test_nothing_to_compile_against_names_the_folder_where_it_was_built():
    files = [path for path in unpacked("libkeyhold-dev").rglob("*") if path.suffix in (".hpp", ".pc", ".cmake") and not path.is_symlink()]
    assert {path.name for path in files} >= {"server.hpp", "keyhold-guard.pc", "keyhold-server.pc", "keyhold-config.cmake"}
    for path in files:
        assert str(changes().parent) not in path.read_text() and str(ROOT) not in path.read_text(), path.name


def test_the_libraries_say_what_programs_are_linked_against():
    shared = next(unpacked("libkeyhold-guard2").rglob("*.so.2"))
    assert "[libkeyhold-guard.so.2]" in sh("readelf", "-d", shared)
    development = unpacked("libkeyhold-dev")
    assert next(development.rglob("*-guard.so")).is_symlink() and next(development.rglob("libkeyhold.a")).is_file()
    assert (development / "usr/include/keyhold/server.hpp").is_file() and list(development.rglob("keyhold-config.cmake"))


def test_the_bill_of_materials_names_what_the_program_is_linked_with():
    bill = json.loads((unpacked("keyhold") / "usr/share/doc/keyhold/keyhold.cdx.json").read_text())
    assert bill["bomFormat"] == "CycloneDX" and bill["specVersion"] == "1.5"
    named = {component["name"]: component for component in bill["components"]}
    linked = re.findall(r"\[lib(\w+)[-.\w]*\.so", sh("readelf", "-d", unpacked("keyhold") / "usr/bin/keyhold"))
    of_the_system = {"c", "m", "stdc", "gcc_s"}
    packaged = {"ssl": "libssl-dev", "crypto": "libssl-dev", "crypt": "libcrypt-dev", "argon2": "libargon2-dev", "sodium": "libsodium-dev", "sqlite3": "libsqlite3-dev", "fmt": "libfmt-dev",
                "utf8proc": "libutf8proc-dev", "idn2": "libidn2-dev", "zxcvbn": "libzxcvbn-dev", "curl": "libcurl4-openssl-dev"}
    assert "ssl" in linked
    for library in set(linked) - of_the_system:
        assert packaged[library] in named, library
        assert named[packaged[library]]["version"] == sh("dpkg-query", "-W", "-f", "${Version}", packaged[library])
    lock = json.loads((ROOT / "web/package-lock.json").read_text())["packages"]
    for name in ("swagger-ui-dist", "redoc"):
        assert named[name]["version"] == lock[f"node_modules/{name}"]["version"]


def test_the_configuration_has_every_setting_as_a_comment():
    text = (unpacked("keyhold") / "etc/keyhold/keyhold.toml").read_text()
    active = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert active == ['state_dir = "/var/lib/keyhold"']
    for name in re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/configuration.md").read_text().split("\n## ")[0], re.M):
        assert re.search(rf"^(# )?{name} = ", text, re.M), name


@pytest.fixture(scope="module")
def debian(tmp_path_factory):
    if os.geteuid() != 0:
        pytest.skip("a Debian in a folder is made by root")
    if not FRESH.is_dir() and subprocess.run(["apt-get", "-q", "update"], capture_output=True).returncode != 0:
        pytest.skip("there is no network")
    made = Debian(tmp_path_factory.mktemp("debian") / "root")
    made.files_before = made.files()
    made.install("keyhold")
    yield made
    made.remove()


def exec_start():
    """What the unit starts, and as whom."""
    unit = dict(line.split("=", 1) for line in SERVICE.read_text().splitlines() if "=" in line and not line.startswith("#"))
    assert unit["StateDirectory"] == unit["ConfigurationDirectory"] == "keyhold"
    return unit["User"], unit["ExecStart"]


def test_the_service_starts_as_its_user_and_the_tutorials_curls_are_answered(debian):
    from test_documents import matches, shown_and_said
    user, command = exec_start()
    pairs = shown_and_said()
    assert len(pairs) == 3 and command.startswith("/usr/bin/keyhold ")
    script = f"""setpriv --reuid {user} --regid {user} --clear-groups env -i PATH=/usr/bin STATE_DIRECTORY=/var/lib/keyhold {command} 2>/var/log/keyhold-of-the-test &
server=$!
for attempt in $(seq 100); do curl -fs http://127.0.0.1:8001/readyz >/dev/null && break; sleep 0.1; done
"""
    for curl, _ in pairs:
        curl = curl.replace("<your_token>", "$token").replace("'Authorization: Bearer $token'", '"Authorization: Bearer $token"')
        script += f"said=$({curl} -sS); echo \"$said\"; token=$(echo \"$said\" | sed -n 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/p')\n"
    script += f"""kill $server; wait $server; echo ended=$?
setpriv --reuid {user} --regid {user} --clear-groups env -i PATH=/usr/bin keyhold --config /etc/keyhold/keyhold.toml user list
stat -c '%U %G %a %n' /var/lib/keyhold /var/lib/keyhold/keyhold.db /etc/keyhold /etc/keyhold/keyhold.toml
"""
    said = debian.run(script.replace("testpass", "umbrella-fjord-teaspoon"), network=False).splitlines()
    for (curl, shown), answer in zip(pairs, said, strict=False):
        assert matches(shown, answer), f"{curl}\n{shown}\n{answer}"
    assert said[3] == "ended=0"
    assert any("testuser" in line for line in said[4:-4])
    assert said[-4:] == ["keyhold keyhold 700 /var/lib/keyhold", "keyhold keyhold 600 /var/lib/keyhold/keyhold.db",
                         "root keyhold 750 /etc/keyhold", "root keyhold 640 /etc/keyhold/keyhold.toml"]


def test_a_program_is_built_from_the_packages_alone_and_serves_its_own_route(debian, capsys):
    """README's program and the CMakeLists.txt of docs/library.md, in a Debian with nothing else that a build could find by chance. How long that takes
    is printed, not demanded: the machine is not ours alone."""
    from server_package import blocks, lists_of_the_page
    program, = (block for block in blocks("README.md", "cpp") if "keyhold/server.hpp" in block)
    assert len(program.splitlines()) <= 25
    guard, = (name for name in packages() if name.startswith("libkeyhold-guard"))
    debian.install("libkeyhold-dev", guard, others="g++ cmake make")
    folder = debian.folder / "srv/greeter"
    folder.mkdir(parents=True)
    (folder / "main.cpp").write_text(program)
    (folder / "CMakeLists.txt").write_text(lists_of_the_page())
    begin = time.monotonic()
    debian.run("cd /srv/greeter; cmake -S . -B build; cmake --build build", network=False)
    took = time.monotonic() - begin
    with capsys.disabled():
        print(f"\nREADME's program, configured and built from the packages: {took:.1f} s (asked for: at most 25 s)")
    said = debian.run("""cd /srv/greeter; ./build/notes dev 2>log & server=$!
curl -fsS -o /dev/null --retry 30 --retry-delay 1 --retry-connrefused http://127.0.0.1:8000/openapi.json
post() { curl -sS "http://127.0.0.1:8000/$1" -H 'Content-Type: application/json' -d '{"username": "ann@example.com", "password": "umbrella-fjord-teaspoon"}'; }
post register >/dev/null; token=$(post login | sed -n 's/.*"access_token":"\\([^"]*\\)".*/\\1/p')
curl -sS -o /dev/null -w '%{http_code}\\n' http://127.0.0.1:8000/hello/bob
curl -sS http://127.0.0.1:8000/hello/bob -H "Authorization: Bearer $token"; echo
kill $server; wait $server; echo ended=$?""", network=False).splitlines()
    assert said == ["401", '{"message":"ann@example.com greets bob"}', "ended=0"]


def test_man_shows_the_pages(debian):
    page = debian.run("MANPAGER=cat man keyhold")
    assert re.search(r"KEYHOLD\(1\)", page) and "keyhold-user(1)" in page
    assert "set-password" in debian.run("MANPAGER=cat man keyhold-user")
    assert "access_token_expire_minutes" in debian.run("MANPAGER=cat man 5 keyhold.toml")


def test_the_units_are_good_and_where_systemd_looks(debian):
    units = sorted(path.name for path in (debian.folder / "lib/systemd/system").glob("keyhold*"))
    assert units == ["keyhold-admin.socket", "keyhold.service", "keyhold.socket"]
    if shutil.which("systemd-analyze"):
        done = subprocess.run(["systemd-analyze", "verify", f"--root={debian.folder}", "keyhold.service"], capture_output=True, text=True)
        assert not [line for line in done.stderr.splitlines() if "keyhold" in line and "Transaction" not in line and "man" not in line], done.stderr


def test_it_can_be_installed_over_itself(debian):
    (debian.folder / "etc/keyhold/keyhold.toml").open("a").write('log_format = "json"\n')
    debian.install("keyhold")
    path = debian.folder / "etc/keyhold/keyhold.toml"
    assert 'log_format = "json"' in path.read_text() and stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_purge_leaves_nothing_but_the_data(debian):
    debian.run("apt-get -q -y purge keyhold $(dpkg-query -W -f '${Package} ' 'libkeyhold*' || true); rm -f /var/log/keyhold-of-the-test")
    left = {name for name in debian.files() - debian.files_before if not name.startswith(("var/lib/apt", "var/cache", "var/log"))}
    assert {name for name in left if not name.startswith("var/lib/keyhold")} == set(), left
    assert "var/lib/keyhold/keyhold.db" in left, "the accounts are not the package's to throw away"


@pytest.mark.skipif("KEYHOLD_TEST_REPRODUCIBLE" not in os.environ, reason="builds everything once more: KEYHOLD_TEST_REPRODUCIBLE=1")
def test_built_in_another_folder_they_are_the_same_bits():
    again = build(ROOT / "build/packages/another-folder")
    for name, path in packages().items():
        assert (again / path.name).read_bytes() == path.read_bytes(), name
