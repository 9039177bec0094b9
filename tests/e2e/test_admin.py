# SPDX-License-Identifier: Apache-2.0
"""The listener of those who run the server: /livez, /readyz, /metrics, on its own address and nowhere else."""
import json
import re
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest
from expect import problem
from people import Account
from prometheus_client.parser import text_string_to_metric_families
from server import BINARY, PASSWORD, QUICK, ROOT, accepts, environment, free_port, run
from waiting import eventually
from wire import ask

ADMIN = QUICK | {"KEYHOLD_ADMIN_BIND": "127.0.0.1:0"}


def samples(server):
    """{(name, labels): value}, as Prometheus's own parser reads them."""
    answer = ask(server.admin_port, "GET", "/metrics")
    assert answer.status == 200 and answer.header("content-type") == "text/plain; version=0.0.4; charset=utf-8"
    families = list(text_string_to_metric_families(answer.body.decode()))
    assert len({family.name for family in families}) == len(families)
    assert all(family.documentation for family in families)
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for family in families for sample in family.samples}


@pytest.fixture(scope="session")
def promtool(tmp_path_factory):
    """Prometheus's checker, out of Debian's package: installed whole, that would start a server."""
    if found := shutil.which("promtool"):
        return found
    folder = tmp_path_factory.mktemp("prometheus")
    folder.chmod(0o777)  # apt gives up its privileges for the download
    done = subprocess.run(["apt-get", "-q", "download", "prometheus"], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no package of Prometheus to be had: {done.stderr.strip()}")
    [package] = folder.glob("prometheus_*.deb")
    subprocess.run(["dpkg-deb", "-x", package, folder / "unpacked"], check=True)
    return folder / "unpacked/usr/bin/promtool"


def test_promtool_finds_nothing_to_say_about_the_metrics(start, promtool):
    server = start(ADMIN)
    Account(server.port, "ann").greeting()
    text = ask(server.admin_port, "GET", "/metrics").body
    checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True)
    assert checked.returncode == 0, checked.stderr.decode() + checked.stdout.decode()
    broken = text + b"keyhold_log_ins 1\nkeyhold_log_ins 1\n"
    assert subprocess.run([promtool, "check", "metrics"], input=broken, capture_output=True).returncode != 0


def test_events_are_counted_by_their_kind_and_stand_in_the_log(start):
    """Also what a command did. Of the person the log says nothing that is erased with the account."""
    server = start(ADMIN | {"KEYHOLD_EVENTS_LOG": "true", "KEYHOLD_LOG_FORMAT": "json"})
    before = samples(server)
    assert before["keyhold_events_total", (("kind", "role_changed"),)] == before["keyhold_events_total", (("kind", "registered"),)] == 0
    Account(server.port, "ann")
    run("role", "add", "editor", "notes:write", folder=server.folder, env=ADMIN, check=0)
    eventually(lambda: [samples(server)["keyhold_events_total", (("kind", kind),)] for kind in ("registered", "signed_in", "role_changed")] == [1, 1, 1])
    lines = [json.loads(line) for line in server.log().splitlines() if '"event"' in line]
    told = [line for line in lines if line["message"] == "event" and line["kind"] in ("registered", "signed_in", "role_changed")]
    assert sorted((line["kind"], line["door"], line["level"]) for line in told) == [("registered", "api", "info"), ("role_changed", "command", "info"), ("signed_in", "api", "info")]
    assert all({"at", "id", "sequence", "times"} <= line.keys() for line in told) and not any({"address", "device", "note"} & line.keys() for line in told)


def of_route(values, name, method, route, **labels):
    return values.get((name, tuple(sorted({"method": method, "route": route, **labels}.items()))), 0)


def test_livez_and_readyz_say_that_all_is_well(start):
    server = start(ADMIN)
    assert ask(server.admin_port, "GET", "/livez").json() == {"status": "alive"}
    ready = ask(server.admin_port, "GET", "/readyz")
    assert ready.status == 200 and ready.json() == {"status": "ready", "problems": []}
    assert ready.header("cache-control") == "no-store"
    problem(ask(server.admin_port, "GET", "/protected"), 404)
    problem(ask(server.admin_port, "POST", "/metrics"), 405)


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_nothing_of_it_is_on_the_public_port(start, path):
    server = start(ADMIN)
    assert ask(server.admin_port, "GET", path).status == 200
    problem(ask(server.port, "GET", path), 404)
    assert path not in ask(server.port, "GET", "/openapi.json").json()["paths"]


THIS_MACHINE = ["localhost", "LOCALHOST:8001", "127.0.0.1", "127.0.0.1:8001", "[::1]:8001", "127.8.8.8", ""]
ANOTHER = ["rebound.example", "rebound.example:8001", "localhost.rebound.example", "127.0.0.1.rebound.example", "192.0.2.7:8001", "[::2]"]


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
def test_a_page_whose_name_was_made_to_lead_to_this_machine_learns_nothing(start, path):
    port = start(ADMIN).admin_port
    for host in THIS_MACHINE:
        assert ask(port, "GET", path, host=host).status == 200, host
    for host in ANOTHER:
        problem(ask(port, "GET", path, host=host), 421, "misdirected_request")
        # The target's name counts (RFC 9112 §3.2.2).
        problem(ask(port, "GET", f"http://{host}{path}", host="localhost"), 421, "misdirected_request")


def unless_ready(server):
    """What /readyz answers, if that is not 200."""
    answer = ask(server.admin_port, "GET", "/readyz")
    return None if answer.status == 200 else answer


@pytest.mark.sqlite
def test_readyz_says_why_not_when_the_database_is_gone_and_livez_goes_on(start):
    server = start(ADMIN)
    database = server.folder / "keyhold.db"
    moved = database.rename(server.folder / "elsewhere.db")
    not_ready = eventually(lambda: unless_ready(server))  # a connection looks at its file ten times a second
    assert not_ready.status == 503
    assert not_ready.json()["status"] == "not ready" and not_ready.json()["problems"][0].startswith(("database: ", "writes: "))
    assert ask(server.admin_port, "GET", "/livez").status == 200
    moved.rename(database)
    eventually(lambda: not unless_ready(server))


@pytest.mark.sqlite
def test_readyz_says_that_writes_fail_although_reads_do_not(start):
    server = start(ADMIN)
    ann = Account(server.port, "ann")
    blocker = sqlite3.connect(server.folder / "keyhold.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    not_ready = eventually(lambda: unless_ready(server))  # a write that succeeded says for a second that writes do
    assert not_ready.status == 503
    assert [problem.split(":")[0] for problem in not_ready.json()["problems"]] == ["writes"]
    assert ann.greeting().status == 200
    blocker.execute("ROLLBACK")
    blocker.close()
    assert ask(server.admin_port, "GET", "/readyz").status == 200


def test_metrics_count_requests_by_route_and_log_ins_by_outcome(start):
    server = start(ADMIN)
    before = samples(server)
    ann = Account(server.port, "ann")
    wrong = {"username": "ann", "password": PASSWORD + "!"}
    assert [ask(server.port, "POST", "/login", json=wrong).status for _ in range(2)] == [401, 401]
    assert [ann.greeting().status for _ in range(3)] == [200] * 3
    assert ask(server.port, "GET", "/sessions/whatever?secret=x", token=ann.token).status == 405
    assert ask(server.port, "GET", "/nowhere").status == 404
    # A pool counts a job when it is over, a moment after its answer has left.
    eventually(lambda: samples(server)["keyhold_pool_done_total", (("pool", "hashing"),)] >= 4)
    after = samples(server)

    def grown(name, method, route, **labels):
        return of_route(after, name, method, route, **labels) - of_route(before, name, method, route, **labels)

    assert grown("keyhold_http_requests_total", "GET", "/protected", status="2xx") == 3
    assert grown("keyhold_http_requests_total", "POST", "/login", status="2xx") == 1
    assert grown("keyhold_http_requests_total", "POST", "/login", status="4xx") == 2
    assert grown("keyhold_http_requests_total", "", "", status="4xx") == 2
    assert grown("keyhold_http_request_duration_seconds_count", "POST", "/login") == 3
    assert of_route(after, "keyhold_http_request_duration_seconds_bucket", "POST", "/login", le="+Inf") == 3
    assert 0 < of_route(after, "keyhold_http_request_duration_seconds_sum", "POST", "/login") < 60
    assert after["keyhold_log_ins_total", (("outcome", "succeeded"),)] == 1
    assert after["keyhold_log_ins_total", (("outcome", "invalid_credentials"),)] == 2
    assert after["keyhold_bcrypt_hashes_total", ()] - before["keyhold_bcrypt_hashes_total", ()] == 4
    assert after["keyhold_pool_done_total", (("pool", "hashing"),)] == 4
    assert after["keyhold_liveness_hits_total", (("table", "sessions"),)] == 2
    assert after["keyhold_liveness_entries", (("table", "sessions"),)] == 1
    assert after["keyhold_http_connections_total", ()] >= 9


def test_the_process_is_measured(start):
    server = start(ADMIN)
    values = samples(server)
    assert 1_000_000 < values["process_resident_memory_bytes", ()] < 1_000_000_000
    assert abs(values["process_resident_memory_bytes", ()] / 1024 - server.memory_kib()) < 20_000
    assert 10 < values["process_open_fds", ()] < 200 <= values["process_max_fds", ()]
    assert abs(values["process_start_time_seconds", ()] - time.time()) < 60
    assert values["process_cpu_seconds_total", ()] >= 0
    version = subprocess.run([BINARY, "version"], capture_output=True, text=True, env=environment(server.folder)).stdout
    (labels,) = [labels for name, labels in values if name == "keyhold_build_info"]
    assert dict(labels)["version"] in version


def test_no_label_holds_an_account_a_token_or_an_address(start):
    server = start(ADMIN)
    Account(server.port, "somebody-in-particular")
    text = ask(server.admin_port, "GET", "/metrics").body.decode()
    assert "somebody" not in text and "127.0.0.1" not in text
    label_names = set(re.findall(r'[{,](\w+)="', text))
    assert label_names <= {"method", "route", "status", "le", "outcome", "pool", "table", "version", "kind"}
    assert set(re.findall(r'kind="([^"]*)"', text)) <= set(re.findall(r'`(\w+)`', (ROOT / "docs/events.md").read_text())), "none but those that there are"


@pytest.mark.sqlite
def test_a_counter_of_database_errors_grows_with_them(start):
    server = start(ADMIN)
    before = samples(server)["keyhold_database_errors_total", ()]
    with sqlite3.connect(server.folder / "keyhold.db") as other:
        other.execute("DROP TABLE keyhold_accounts")
    assert ask(server.port, "POST", "/login", json={"username": "x", "password": PASSWORD}).status >= 500
    assert samples(server)["keyhold_database_errors_total", ()] > before


def test_where_the_address_is_taken_serve_says_so_in_one_line(start, tmp_path):
    port = start(ADMIN).admin_port
    done = subprocess.run([BINARY, "serve", "--bind", "127.0.0.1:0"], cwd=tmp_path, capture_output=True, text=True, timeout=30,
                          env=environment(tmp_path, QUICK | {"KEYHOLD_BCRYPT_COST": "12", "KEYHOLD_ADMIN_BIND": f"127.0.0.1:{port}"}))
    assert done.returncode == 7 and str(port) in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_two_dev_servers_do_not_quarrel_about_it(start, tmp_path):
    env = environment(tmp_path, QUICK)
    del env["KEYHOLD_ADMIN_BIND"]
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    ports = [free_port(), free_port()]
    both = [subprocess.Popen([BINARY, "dev", "--bind", f"127.0.0.1:{port}"], cwd=tmp_path / name, env=env, stderr=subprocess.DEVNULL)
            for port, name in zip(ports, ("one", "two"))]
    eventually(lambda: all(accepts(port) for port in ports))
    answered = {port for port in ports if ask(port, "GET", "/protected").status == 401}
    for process in both:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(30) for process in both] == [0, 0] and len(answered) == 2
