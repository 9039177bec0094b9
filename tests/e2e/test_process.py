# SPDX-License-Identifier: Apache-2.0
"""How the program is built and run: hardened, without core dumps, as its own user."""
import configparser
import os
import pwd
import re
import shutil
import subprocess

import databases
import pytest
from server import BINARY, ROOT, Server, environment

UNITS = ROOT / "packaging/systemd"


def readelf(*options):
    return subprocess.run(["readelf", "--wide", *options, BINARY], capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.mark.speed
def test_the_program_is_a_pie_with_full_relro_canaries_and_fortified_calls():
    assert re.search(r"Type:\s+DYN", readelf("--file-header")) and "INTERP" in readelf("--program-headers")
    dynamic = readelf("--dynamic")
    assert "BIND_NOW" in dynamic and "PIE" in dynamic
    headers = readelf("--program-headers")
    assert "GNU_RELRO" in headers and re.search(r"GNU_STACK\s.*\sRW\s", headers)
    assert not re.search(r"LOAD\s.*\sRWE\s", headers)
    symbols = readelf("--dyn-syms")
    assert "__stack_chk_fail" in symbols
    assert set(re.findall(r"\b__(\w+)_chk\b", symbols)) & {"memcpy", "memmove", "snprintf", "read", "recv", "fread", "explicit_bzero"}
    assert "RPATH" not in dynamic and "RUNPATH" not in dynamic


def test_serve_leaves_no_core_dump(start):
    server = start({"SECRET_KEY": "a-key-that-nobody-ever-published-0123456789"}, arguments=("serve", "--bind", "127.0.0.1:0"))
    limits = open(f"/proc/{server.process.pid}/limits").read()
    assert re.search(r"Max core file size\s+0\s+0\s", limits)


def test_other_processes_of_its_user_cannot_look_in():
    """What a process that may not be looked into shows of itself in /proc belongs to root (proc(5))."""
    if os.geteuid() != 0:
        pytest.skip("root alone can start it as somebody else")
    nobody = pwd.getpwnam("nobody")
    folder = databases.folder_of_nobody("keyhold-process-")

    def owner_of(pid):
        return os.stat(f"/proc/{pid}/environ").st_uid

    def become_nobody():
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)
    plain = subprocess.Popen(["cat"], stdin=subprocess.PIPE, preexec_fn=become_nobody)
    server = Server(folder, {"SECRET_KEY": "a-key-that-nobody-ever-published-0123456789"}, arguments=("serve", "--bind", "127.0.0.1:0"), preexec=become_nobody)
    assert (owner_of(plain.pid), owner_of(server.process.pid)) == (nobody.pw_uid, 0)
    plain.communicate()
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def units(tmp_path):
    """The units as they are, but for the path of the program."""
    for unit in UNITS.glob("keyhold*.s*"):
        (tmp_path / unit.name).write_text(unit.read_text().replace("/usr/bin/keyhold", str(BINARY)))
    return tmp_path


def test_systemd_understands_every_line_of_the_units(units):
    names = [unit.name for unit in units.iterdir() if unit.suffix in (".service", ".socket")]
    assert sorted(names) == ["keyhold-admin.socket", "keyhold.service", "keyhold.socket"]
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *[str(units / name) for name in names]], capture_output=True, text=True,
                          timeout=60, env=environment(units, {"SYSTEMD_UNIT_PATH": f"{units}:"}))
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "keyhold" in line]
    assert done.returncode == 0 and not ours, done.stderr


def test_a_line_that_systemd_does_not_understand_would_be_seen(units):
    unit = units / "keyhold.service"
    unit.write_text(unit.read_text().replace("ProtectHome=yes", "ProtectHme=yes"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=60,
                          env=environment(units, {"SYSTEMD_UNIT_PATH": f"{units}:"}))
    assert "ProtectHme" in done.stderr


def test_systemds_own_judgement_of_the_service_is_ok(units):
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", str(units / "keyhold.service")],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout[-400:] + done.stderr


def test_the_service_runs_as_its_own_user_and_the_sockets_have_the_names_that_the_program_knows():
    service = (UNITS / "keyhold.service").read_text()
    assert "\nUser=keyhold\n" in service and "\nType=notify\n" in service and "\nNoNewPrivileges=yes\n" in service
    assert (UNITS / "keyhold.sysusers").read_text().splitlines()[-1].startswith("u keyhold ")
    admin = configparser.ConfigParser(strict=False)
    admin.read(UNITS / "keyhold-admin.socket")
    assert admin["Socket"]["FileDescriptorName"] == "admin"
    assert shutil.which("systemd-analyze")
