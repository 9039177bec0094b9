# SPDX-License-Identifier: Apache-2.0
"""The ways to a database that is a server: TLS, Unix sockets, several hosts. Whoever is refused is told why in one line, without a secret."""
import os
import shutil
import time

import databases
import pytest
from certificates import Authority
from people import Account
from server import PASSWORD, QUICK, run
from waiting import eventually
from wire import ask

USER = f"keyhold:{databases.PASSWORD_IN_URL}"


class Postgresql(databases.Postgresql):
    scheme, demand = "postgresql", "sslmode=require"
    encrypted = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'keyhold'"
    yes = "t"

    def speak_tls(self, on=True):
        files = f"ssl_cert_file = '{self.folder}/tls.pem'\nssl_key_file = '{self.folder}/tls.key'\n"
        with open(self.data / "postgresql.conf", "a") as settings:
            settings.write(f"{files if on else ''}ssl = {'on' if on else 'off'}\n")

    def read_certificate(self):
        self.reload()

    def reload(self):
        loaded = self.run_sql("SELECT pg_conf_load_time()")
        self.run_sql("SELECT pg_reload_conf()")
        eventually(lambda: self.run_sql("SELECT pg_conf_load_time()") != loaded)  # the postmaster hears of it by a signal

    def checked(self, authority):
        return f"sslmode=verify-full&sslrootcert={authority.path}"

    def socket_urls(self):
        folder = str(self.folder)
        return [f"postgresql://{USER}@/app?host={folder}&port={self.port}", f"postgresql://{USER}@{folder.replace('/', '%2F')}:{self.port}/app"]


class Mariadb(databases.Mariadb):
    scheme, demand = "mysql", "ssl=true&ssl_verify_cert=false"
    encrypted = "SELECT MIN(tls_version <> '') FROM (SELECT VARIABLE_VALUE AS tls_version FROM information_schema.session_status WHERE VARIABLE_NAME = 'SSL_VERSION') AS one"
    yes = "1"
    tls = False

    def more_options(self):
        return [f"--ssl-cert={self.folder}/tls.pem", f"--ssl-key={self.folder}/tls.key"] if self.tls else []

    def speak_tls(self, on=True):
        self.tls = on

    def read_certificate(self):
        self.run_sql("FLUSH SSL")

    def checked(self, authority):
        return f"ssl_ca={authority.path}"

    def socket_urls(self):
        # PyMySQL does not look at the host when it is told a socket.
        return [f"mysql://{USER}@/app?unix_socket={self.folder}/socket", f"mysql://{USER}@127.0.0.1:1/app?unix_socket={self.folder}/socket"]


KINDS = [Postgresql, Mariadb]


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    return [Authority(tmp_path_factory.mktemp("authority"), f"authority {number}") for number in range(2)]


def wear(server, authority, **kwargs):
    """A new certificate, which a server that runs reads at once."""
    authority.issue(**kwargs)
    for name in ("tls.pem", "tls.key"):
        shutil.copy(authority.folder / name, server.folder / name)
        if os.geteuid() == 0:
            shutil.chown(server.folder / name, "nobody", "nogroup")
        (server.folder / name).chmod(0o600)
    if server.process is not None:
        server.read_certificate()


def started(kind, authority=None):
    server = kind(f"{kind.scheme}-connections").make()
    if authority:
        wear(server, authority)
        server.speak_tls()
    server.start()
    server.create("app")
    return server


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.scheme)
def secure(request, authorities):
    server = started(request.param, authorities[0])
    yield server
    server.stop()
    server.remove()


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.scheme)
def plain(request):
    server = started(request.param)
    yield server
    server.stop()
    server.remove()


@pytest.fixture
def look(tmp_path):
    """keyhold db info: whether it can connect; else the line that it says."""
    def look_at(url, expected=0):
        done = run("db", "info", folder=tmp_path, env=QUICK | {"DATABASE_URL": url}, check=expected)
        said = done.stdout + done.stderr
        assert databases.PASSWORD not in said and databases.PASSWORD_IN_URL not in said and "another-secret" not in said
        if expected:
            assert done.stderr.startswith("keyhold: ") and done.stderr.count("\n") == 1 and not done.stdout, said
        return said

    return look_at


def url_of(server, options="", host="localhost"):
    return f"{server.scheme}://{USER}@{host}:{server.port}/app?{options}"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_right_authority_is_taken(secure, authorities, look, host):
    wear(secure, authorities[0])
    assert f"app on {host}:{secure.port}" in look(url_of(secure, secure.checked(authorities[0]), host))


def test_every_connection_of_a_server_is_encrypted(secure, authorities, start):
    wear(secure, authorities[0])
    # The database itself refuses who comes in plain text: the server, its node, and the one that leaves.
    if secure.scheme == "mysql":
        secure.run_sql(f"CREATE OR REPLACE USER tls@'%' IDENTIFIED BY '{databases.PASSWORD}' REQUIRE SSL; GRANT ALL ON app.* TO tls@'%'")
        assert "Access denied" in run("db", "info", folder=authorities[0].folder, check=6, env=QUICK | {
            "DATABASE_URL": url_of(secure).replace("keyhold:", "tls:")}).stderr
    url = url_of(secure, secure.checked(authorities[0])).replace("keyhold:", "tls:" if secure.scheme == "mysql" else "keyhold:")
    server = start(QUICK | {"DATABASE_URL": url})
    assert Account(server.port, "ann").greeting().status == 200
    if secure.scheme == "postgresql":
        assert secure.run_sql(secure.encrypted).strip() == secure.yes


# (what is wrong, the certificate, which authority is asked for, what must be in the line)
WRONG = [
    ("authority", {}, 1, ("certificate verify failed", "unable to get local issuer certificate")),
    ("name", {"names": ["db.example"], "common_name": "db.example"}, 0, ("does not match host name", "Validation of SSL server certificate failed")),
    ("time", {"days": -1}, 0, ("certificate verify failed", "certificate has expired")),
]


@pytest.mark.parametrize("what,certificate,asked,reasons", WRONG, ids=[row[0] for row in WRONG])
def test_a_certificate_with_the_wrong(secure, authorities, look, what, certificate, asked, reasons):
    wear(secure, authorities[0])
    url = url_of(secure, secure.checked(authorities[0]))
    look(url)
    wear(secure, authorities[0], **certificate)
    said = look(url_of(secure, secure.checked(authorities[asked])), 6)
    assert any(reason in said for reason in reasons) and "localhost" in said and str(secure.port) in said, said


def test_an_authority_that_is_not_there_is_named(secure, authorities, look):
    wear(secure, authorities[0])
    gone = authorities[0].folder / "nowhere.pem"
    option = secure.checked(authorities[0]).replace(str(authorities[0].path), str(gone))
    assert str(gone) in look(url_of(secure, option), 6)


def test_a_server_without_tls_is_refused_when_tls_is_demanded(plain, authorities, look):
    look(url_of(plain))
    for options in (plain.checked(authorities[0]), plain.demand):
        said = look(url_of(plain, options), 6)
        assert "does not support" in said or "does not speak TLS" in said, said


def test_a_unix_socket(plain, look, start):
    for url in plain.socket_urls():
        assert f"app on {plain.folder}" in look(url)
    server = start(QUICK | {"DATABASE_URL": plain.socket_urls()[0]})
    assert Account(server.port, f"ann-{plain.scheme}").greeting().status == 200
    assert "nowhere" in look(plain.socket_urls()[0].replace(str(plain.folder), "/nowhere"), 6)


def test_a_wrong_password_is_said_and_not_shown(plain, look):
    said = look(url_of(plain).replace(databases.PASSWORD_IN_URL, "another-secret"), 6)
    assert "password authentication failed" in said or "Access denied" in said, said


def test_of_several_hosts_the_dead_ones_are_passed_over_and_named(plain, look):
    dead = [databases.free_port() for _ in range(2)]
    hosts = [f"127.0.0.1:{port}" for port in (*dead, plain.port)]
    url = f"{plain.scheme}://{USER}@{{}}/app"
    look(url.format(",".join(hosts)))
    said = look(url.format(",".join(hosts[:2])), 6)
    assert all(str(port) in said for port in dead), said
    said = look(url.format(",".join(hosts)).replace(databases.PASSWORD_IN_URL, "another-secret"), 6)
    assert str(dead[0]) in said and ("password authentication failed" in said or "Access denied" in said), said


def test_a_host_that_hangs_is_passed_over_in_seconds(plain, look):
    other = started(next(kind for kind in KINDS if kind.scheme == plain.scheme))
    try:
        plain.pause()
        begin = time.monotonic()
        look(f"{plain.scheme}://{USER}@127.0.0.1:{plain.port},127.0.0.1:{other.port}/app")
        assert time.monotonic() - begin < 20
    finally:
        plain.resume()
        other.remove()


def test_a_host_that_takes_no_writes_is_passed_over(plain, look):
    other = started(next(kind for kind in KINDS if kind.scheme == plain.scheme))
    read_only = {"postgresql": "ALTER SYSTEM SET default_transaction_read_only = {}", "mysql": "SET GLOBAL read_only = {}"}[plain.scheme]
    hosts = f"127.0.0.1:{other.port},127.0.0.1:{plain.port}"
    other.run_sql("CREATE DATABASE only_here")
    url = f"{plain.scheme}://{USER}@{hosts}/only_here"
    look(url)
    other.run_sql(read_only.format("on"))
    if plain.scheme == "postgresql":
        other.reload()
    said = look(url, 6)  # the other one has no such database: it was asked
    assert "read-only" in said and "only_here" in said, said
    look(f"{plain.scheme}://{USER}@{hosts}/app")
    other.remove()


# What docs/operations.md says that our user needs, and nothing else. Whoever makes a table on PostgreSQL may do with it what he likes.
RIGHTS = {"postgresql": [("CREATE ROLE narrow LOGIN PASSWORD 'narrow'", "postgres"), ("CREATE DATABASE narrow", "postgres"), ("GRANT USAGE, CREATE ON SCHEMA public TO narrow", "narrow")],
          "mysql": [("CREATE DATABASE narrow", "mysql"), ("CREATE USER narrow@'%' IDENTIFIED BY 'narrow'", "mysql"),
                    ("GRANT CREATE, ALTER, INDEX, SELECT, INSERT, UPDATE, DELETE ON narrow.* TO narrow@'%'", "mysql")]}


def test_the_rights_that_the_document_names_are_enough(plain, start, tmp_path):
    for sql, database in RIGHTS[plain.scheme]:
        plain.run_sql(sql, database)
    env = QUICK | {"DATABASE_URL": f"{plain.scheme}://narrow:narrow@127.0.0.1:{plain.port}/narrow"}
    run("db", "create", folder=tmp_path, env=env, check=0)
    run("db", "check", folder=tmp_path, env=env, check=0)
    server = start(env)
    ann = Account(server.port, "ann")
    tokens = ask(server.port, "POST", "/login", json={"username": "ann", "password": PASSWORD}).json()
    assert ask(server.port, "POST", "/refresh", json={"refresh_token": tokens["refresh_token"]}).status == 200
    assert ask(server.port, "POST", "/login", json={"username": "ann", "password": PASSWORD + "!"}).status == 401
    assert ask(server.port, "POST", "/logout/all", token=tokens["access_token"]).status == 200 and ann.greeting().status == 401
    run("user", "delete", "ann", folder=tmp_path, env=env, check=0)


# (how to set it, by which it may lose what it acknowledged, by which not)
DURABILITY = {"postgresql": [("ALTER SYSTEM SET full_page_writes = {}", "off", "on"), ("ALTER SYSTEM SET fsync = {}", "off", "on")],
              "mysql": [("SET GLOBAL innodb_flush_log_at_trx_commit = {}", "2", "1")]}


def test_a_server_that_may_lose_what_it_acknowledged_is_warned_of_at_the_start(plain, start):
    for sql, worse, good in DURABILITY[plain.scheme]:
        for value, times in ((worse, 1), (good, 0)):
            plain.run_sql(sql.format(value))
            if plain.scheme == "postgresql":
                plain.reload()
            server = start(QUICK | {"DATABASE_URL": f"{plain.scheme}://{USER}@127.0.0.1:{plain.port}/app"})
            assert server.log().count(f"{sql.split()[-3]} = {worse}: what was acknowledged may be lost") == times, server.log()
            server.stop()
