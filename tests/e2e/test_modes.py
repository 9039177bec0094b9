# SPDX-License-Identifier: Apache-2.0
"""`keyhold serve` and `config check` refuse what is unsafe, each with a line that names the fix; `dev` says what it relaxes."""
import json
import socket
import subprocess

import pytest
from server import BINARY, DATABASE, PASSWORD, SECRET_KEY, environment, free_port, run
from waiting import eventually
from wire import ask

GOOD_KEY = "a-key-that-nobody-ever-published-0123456789"
SERVE = ("serve", "--bind", "127.0.0.1:0")
UNREACHABLE, CONFIGURATION, PROBLEMS = 6, 7, 8

# (what, environment, what the line must name)
UNSAFE = [
    ("the tutorial's key", {"SECRET_KEY": "your_secret_key"}, "SECRET_KEY"),
    ("changethis", {"SECRET_KEY": "changethis"}, "SECRET_KEY"),
    ("the key of FastAPI's documentation", {"SECRET_KEY": "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7"}, "SECRET_KEY"),
    ("a short key", {"SECRET_KEY": "x4711"}, "SECRET_KEY"),
    ("a long key that is one letter", {"SECRET_KEY": "a" * 32}, "SECRET_KEY is easy to guess"),
    ("a template's sentence", {"SECRET_KEY": "please-change-this-secret-key-now-please"}, "SECRET_KEY is a published example"),
    ("a client's secret that is easy", {"SECRET_KEY": GOOD_KEY, "KEYHOLD_CLIENTS": "api:0123456789abcdef0123"}, "clients: the secret of 'api' is easy to guess"),
    ("a passphrase that is easy", {"ALGORITHM": "ES256", "KEYHOLD_KEY_PASSPHRASE": "changethis"}, "key_passphrase is a published example"),
    ("an algorithm that is none", {"SECRET_KEY": GOOD_KEY, "ALGORITHM": "none"}, "ALGORITHM"),
    ("an unknown algorithm", {"SECRET_KEY": GOOD_KEY, "ALGORITHM": "HS257"}, "ALGORITHM"),
    ("minutes that are no number", {"SECRET_KEY": GOOD_KEY, "ACCESS_TOKEN_EXPIRE_MINUTES": "half"}, "ACCESS_TOKEN_EXPIRE_MINUTES"),
    ("no minutes", {"SECRET_KEY": GOOD_KEY, "ACCESS_TOKEN_EXPIRE_MINUTES": "0"}, "ACCESS_TOKEN_EXPIRE_MINUTES"),
    ("minutes below zero", {"SECRET_KEY": GOOD_KEY, "ACCESS_TOKEN_EXPIRE_MINUTES": "-5"}, "ACCESS_TOKEN_EXPIRE_MINUTES"),
    ("a database that we do not know", {"SECRET_KEY": GOOD_KEY, "DATABASE_URL": "oracle://db/x"}, "sqlite"),
    ("a database in memory", {"SECRET_KEY": GOOD_KEY, "DATABASE_URL": "sqlite:///:memory:"}, "memory"),
    ("a misspelt setting of ours", {"SECRET_KEY": GOOD_KEY, "KEYHOLD_BNID": "127.0.0.1:1"}, "KEYHOLD_BNID"),
    ("a value with lines in it", {"SECRET_KEY": GOOD_KEY, "KEYHOLD_LOG_FORMAT": "one\ntwo\x1b[31m:x"}, "one?two?[31m:x"),
]


def refused(folder, env, arguments=SERVE, code=CONFIGURATION):
    """What it says. Whoever is refused has made nothing: no database, and no key."""
    before = set(folder.rglob("*"))
    done = subprocess.run([BINARY, *arguments], cwd=folder, env=environment(folder, env), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    assert done.returncode == code, f"{done.returncode}: {done.stdout}{done.stderr}"
    assert "terminate called" not in done.stderr
    assert set(folder.rglob("*")) <= before
    secret = env.get("SECRET_KEY", "")
    assert not secret or secret not in done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(("env", "names"), [row[1:] for row in UNSAFE], ids=[row[0] for row in UNSAFE])
def test_serve_refuses_in_one_line(tmp_path, env, names):
    said = refused(tmp_path, env).strip()
    assert names.lower() in said.lower(), said
    assert len(said.splitlines()) == 1, said


@pytest.mark.parametrize(("env", "names"), [row[1:] for row in UNSAFE], ids=[row[0] for row in UNSAFE])
def test_config_check_finds_the_same(tmp_path, env, names):
    done = run("config", "check", folder=tmp_path, env=env)
    assert done.returncode in (CONFIGURATION, PROBLEMS), done
    assert names.lower() in (done.stdout + done.stderr).lower()


def test_serve_refuses_a_folder_that_is_not_there_in_one_line(tmp_path):
    said = refused(tmp_path, {"SECRET_KEY": GOOD_KEY, "DATABASE_URL": "sqlite:////nowhere/at/all.db"}, code=UNREACHABLE)
    assert "/nowhere/at/all.db" in said and len(said.strip().splitlines()) == 1


def test_serve_starts_with_a_good_configuration(start):
    server = start({"SECRET_KEY": GOOD_KEY}, arguments=SERVE)
    assert ask(server.port, "GET", "/protected").status == 401


def test_serve_lets_no_page_of_another_origin_read_unless_it_is_told_to(start):
    origin = "http://localhost:3000"  # which dev allows
    for allowed, env in ((None, {}), (origin, {"KEYHOLD_CORS_ORIGINS": origin})):
        server = start({"SECRET_KEY": GOOD_KEY} | env, arguments=SERVE)
        answer = ask(server.port, "GET", "/protected", [("Origin", origin)])
        assert answer.header("access-control-allow-origin") == allowed and answer.header("access-control-allow-credentials") is None
        server.stop()


def test_config_check_is_content_with_a_good_configuration(tmp_path):
    run("config", "check", folder=tmp_path, env={"SECRET_KEY": GOOD_KEY}, check=0)


def test_a_misspelt_setting_is_told_what_was_meant(tmp_path):
    assert "KEYHOLD_BIND" in refused(tmp_path, {"SECRET_KEY": GOOD_KEY, "KEYHOLD_BNID": "127.0.0.1:1"}).replace("KEYHOLD_BNID", "")
    (tmp_path / "keyhold.toml").write_text('algoritm = "HS256"\n')
    said = refused(tmp_path, {"SECRET_KEY": GOOD_KEY})
    assert "algoritm" in said and "algorithm" in said


def test_a_file_that_is_no_toml_is_refused_with_its_line(tmp_path):
    (tmp_path / "keyhold.toml").write_text("\n\nwhat = = this\n")
    assert "3" in refused(tmp_path, {"SECRET_KEY": GOOD_KEY})


def test_flags_beat_the_environment_which_beats_the_file(start, tmp_path):
    (tmp_path / "keyhold.toml").write_text("access_token_expire_minutes = 5\n")
    credentials = {"username": "ann", "password": PASSWORD}

    def lifetime(env, *arguments):
        server = start({"SECRET_KEY": GOOD_KEY, **env}, arguments=(*SERVE, *arguments))
        ask(server.port, "POST", "/register", json=credentials)
        seconds = ask(server.port, "POST", "/login", json=credentials).json()["expires_in"]
        server.stop()
        return seconds

    assert lifetime({}) == 5 * 60
    assert lifetime({"ACCESS_TOKEN_EXPIRE_MINUTES": "6"}) == 6 * 60
    assert lifetime({"ACCESS_TOKEN_EXPIRE_MINUTES": "6"}, "--access-token-expire-minutes", "7") == 7 * 60


def test_config_show_says_each_setting_and_where_it_comes_from_but_no_secret(tmp_path):
    shown = run("config", "show", "--json", folder=tmp_path, env={"SECRET_KEY": GOOD_KEY}, check=0)
    assert GOOD_KEY not in shown.stdout + shown.stderr
    json.loads(shown.stdout)
    text = run("config", "show", folder=tmp_path, env={"SECRET_KEY": GOOD_KEY}, check=0).stdout
    assert "access_token_expire_minutes" in text.lower() and GOOD_KEY not in text


def test_serve_refuses_a_key_file_that_others_can_read(start, tmp_path):
    server = start({}, arguments=SERVE)
    keys = [path for path in tmp_path.rglob("*") if path.is_file() and "key" in path.name.lower() and ".db" not in path.name]
    server.stop()
    assert keys
    for key in keys:
        key.chmod(0o644)
    assert keys[0].name in refused(tmp_path, {})


@pytest.mark.sqlite
def test_serve_refuses_a_databases_password_where_others_can_read_it(tmp_path):
    url = "postgresql://ann:pa55-of-a-database@127.0.0.1:1/app"
    told = [refused(tmp_path, {"SECRET_KEY": GOOD_KEY}, (*SERVE, "--database-url", url))]
    (tmp_path / "keyhold.toml").write_text(f'database_url = "{url}"\n')
    (tmp_path / "keyhold.toml").chmod(0o644)
    told.append(refused(tmp_path, {"SECRET_KEY": GOOD_KEY}))
    assert "--database-url" in told[0] and "chmod 600 keyhold.toml" in told[1], told
    assert all("pa55" not in said and len(said.strip().splitlines()) == 1 for said in told), told
    (tmp_path / "keyhold.toml").chmod(0o600)
    assert "pa55" not in refused(tmp_path, {"SECRET_KEY": GOOD_KEY}, code=UNREACHABLE), "nobody listens there"


def test_dev_takes_the_tutorials_password_and_key_and_says_so(start):
    server = start({"SECRET_KEY": "your_secret_key"})
    assert ask(server.port, "POST", "/register", json={"username": "testuser", "password": "testpass"}).status == 200
    assert "SECRET_KEY" in server.log() and "your_secret_key" not in server.log()
    assert f"{server.url}/docs" in server.log()


def test_a_port_that_is_taken_is_told_in_one_line(start, tmp_path):
    server = start()
    said = refused(tmp_path, {"SECRET_KEY": GOOD_KEY}, ("serve", "--bind", f"127.0.0.1:{server.port}"), code=CONFIGURATION)
    assert str(server.port) in said and len(said.strip().splitlines()) == 1


@pytest.mark.parametrize(("arguments", "named"), [(("--admin-bind", "127.0.0.1:{port}"), "127.0.0.1:{port} is in use"), (("--bind", "127.0.0.1:{port}"), "127.0.0.1:{port} is in use"),
                                                  (("--tls-certificate", "none.pem", "--tls-key", "none.pem"), "none.pem"), (("--tls-certificate", "none.pem"), "tls_key")])
def test_what_cannot_be_listened_at_is_refused_before_anything_is_made(tmp_path, arguments, named):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        base = SERVE[:1] if "--bind" in arguments else SERVE
        assert named.format(port=port) in refused(tmp_path, {}, (*base, *(word.format(port=port) for word in arguments)))


def test_config_check_says_all_that_is_wrong_at_once_with_the_line_that_is_to_be_mended(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/short").write_text("x4711")
    (tmp_path / "etc/short").chmod(0o600)
    (tmp_path / "etc/keyhold.toml").write_text("\n".join([
        'bnid = "127.0.0.1:8000"', 'bind = ["192.0.2.1:0", "unix:nowhere/k.sock", "unix:short"]', "bcrypt_cost = 4", 'cors_origins = ["https://app.example/"]', 'tls_certificate = "absent.pem"',
        'tls_key = "absent.key"', 'database_url = "sqlite:///./nowhere/k.db"', 'secret_key_file = "short"', "password_min_length = 0", 'handover_socket = "nowhere/h.sock"', ""]))
    done = run("--config", "etc/keyhold.toml", "config", "check", folder=tmp_path, check=PROBLEMS)
    lines = [line for line in done.stdout.splitlines() if line.startswith("problem: ")]
    for number, word in [(1, "did you mean 'bind'"), (2, "192.0.2.1"), (2, "nowhere/k.sock"), (2, "no socket"), (3, "bcrypt_cost = 4"), (4, "https://app.example/"), (5, "absent.pem"),
                         (7, "nowhere/k.db"), (8, "SECRET_KEY"), (9, "password_min_length"), (10, "nowhere/h.sock")]:
        assert any(f"etc/keyhold.toml:{number}" in line and word in line for line in lines), (number, word, done.stdout)
    assert "x4711" not in done.stdout
    assert json.loads(run("--config", "etc/keyhold.toml", "config", "check", "--json", folder=tmp_path, check=PROBLEMS).stdout)["problems"]
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == ["etc", "etc/keyhold.toml", "etc/short"]


def test_config_check_says_all_that_is_wrong_in_a_section(tmp_path):
    (tmp_path / "keyhold.toml").write_text("\n".join([
        "[pages]", 'brand_logo = "no.png"', 'accent_color = "red"', 'security_contact = ["me"]', 'templates_dir = "none"', "[oauth]", 'registration = "yes"', 'client_networks = ["x", "y"]',
        "[mail]", 'starttls = "no"', 'mechanism = "none"', 'reply_to = "nobody"', 'templates_dir = "absent"', ""]))
    said = run("config", "check", folder=tmp_path, check=PROBLEMS).stdout.splitlines()
    for number, word in [(2, "no.png"), (3, "pages_accent_color"), (4, "pages_security_contact"), (5, "none"), (7, "oauth_registration"), (8, "'x'"), (8, "'y'"), (10, "mail_starttls"),
                         (11, "mail_mechanism"), (12, "mail_reply_to"), (13, "absent")]:
        assert any(f"keyhold.toml:{number}:" in line and word in line for line in said), (number, word, said)


@pytest.mark.skipif(DATABASE != "sqlite", reason="a server's database is there before its tables are")
def test_config_check_notes_what_may_be_meant_so_and_changes_nothing(start, tmp_path):
    """Beside the server that runs with the same settings, as before a restart; and before the first start."""
    first = run("config", "check", folder=tmp_path, env={}, check=0).stdout
    assert "note: " in first and "the first start makes it" in first and list(tmp_path.iterdir()) == []
    server = start({}, arguments=SERVE)
    again = run("config", "check", "--bind", f"127.0.0.1:{server.port}", folder=tmp_path, env={}, check=0).stdout
    assert f"127.0.0.1:{server.port} already" in again and "good" in again
    (tmp_path / "keyhold.key").write_text("another")
    assert "sealed under another key file" in run("config", "check", folder=tmp_path, env={}, check=PROBLEMS).stdout


def test_serve_asks_for_its_issuer_where_others_can_reach_it(start, tmp_path):
    said = refused(tmp_path, {}, ("serve", "--bind", "0.0.0.0:0"))
    assert "issuer = " in said and len(said.strip().splitlines()) == 1
    assert "issuer" in run("config", "check", "--bind", "0.0.0.0:0", folder=tmp_path, check=PROBLEMS).stdout
    server = start({}, arguments=("serve", "--bind", "0.0.0.0:0", "--issuer", "https://auth.example.com"), host="0.0.0.0")
    assert ask(server.port, "GET", "/protected").status == 401


@pytest.mark.parametrize("shows_others", [{"KEYHOLD_TRUSTED_PROXIES": "127.0.0.1"}, {"KEYHOLD_MAIL_SERVER": "smtp://127.0.0.1:9", "KEYHOLD_MAIL_FROM": "a@example.com"}])
def test_where_a_proxy_or_mails_reach_others_an_empty_issuer_is_told(start, tmp_path, shows_others):
    """Nobody but this machine connects, so that it may be empty; links in mails and tokens would say 127.0.0.1 to everybody."""
    port = free_port()
    def noted(env):
        return [line for line in run("config", "check", "--bind", f"127.0.0.1:{port}", folder=tmp_path, env=env, check=0).stdout.splitlines() if "issuer is empty" in line]
    assert noted({}) == [] and noted(shows_others | {"KEYHOLD_ISSUER": "https://auth.example.com"}) == []
    (line,) = noted(shows_others)
    assert f"http://127.0.0.1:{port}" in line and "issuer = " in line and line.startswith("note: ")
    server = start(shows_others, arguments=("serve", "--bind", f"127.0.0.1:{port}"))
    said = eventually(lambda: [json.loads(line) for line in server.log().splitlines() if "issuer is empty" in line])
    assert [line["level"] for line in said] == ["warning"]


@pytest.mark.parametrize("issuer", ["auth.example.com", "javascript:alert(1)", "https://auth.example.com/?tenant=1", "https://auth.example.com/#1"])
def test_an_issuer_that_clients_cannot_discover_is_refused(tmp_path, issuer):
    """RFC 8414 §2."""
    check = run("config", "check", "--issuer", issuer, folder=tmp_path, check=PROBLEMS).stdout
    assert [line for line in check.splitlines() if line.startswith("problem: ") and issuer in line and "RFC 8414" in line], check
    assert "RFC 8414" in refused(tmp_path, {}, ("serve", "--bind", "127.0.0.1:0", "--issuer", issuer))
    assert "RFC 8414" not in run("config", "check", "--issuer", issuer, folder=tmp_path, env={"SECRET_KEY": SECRET_KEY}).stdout, "it is a word like any other"


# (what, environment, what both must name)
CANNOT_START = [
    ("an address twice", {"KEYHOLD_BIND": "127.0.0.1:PORT,127.0.0.1:PORT"}, "bind = 127.0.0.1:PORT is taken by bind"),
    ("an address for both", {"KEYHOLD_BIND": "127.0.0.1:PORT", "KEYHOLD_ADMIN_BIND": "127.0.0.1:PORT"}, "admin_bind = 127.0.0.1:PORT is taken by bind"),
    ("a socket's path that is too long", {"KEYHOLD_BIND": f"unix:{'x' * 108}"}, "too long for a socket"),
    ("authorities that are not there", {"KEYHOLD_OAUTH_CA_FILE": "nope.pem"}, "oauth_ca_file: cannot read nope.pem"),
    ("a pattern of origins", {"KEYHOLD_CORS_ORIGINS": "https://*.wild.example"}, "write each origin out"),
]


@pytest.mark.parametrize(("env", "names"), [row[1:] for row in CANNOT_START], ids=[row[0] for row in CANNOT_START])
def test_what_keeps_serve_from_starting_is_found_by_config_check(tmp_path, env, names):
    port = str(free_port())
    env = {"SECRET_KEY": GOOD_KEY} | {name: text.replace("PORT", port) for name, text in env.items()}
    assert names.replace("PORT", port) in refused(tmp_path, env, ("serve",))
    assert names.replace("PORT", port) in run("config", "check", folder=tmp_path, env=env, check=PROBLEMS).stdout


# (what, environment, exit code of `serve`, what both must name)
NOT_FOUND_BEFORE = [
    ("claims of an application that nobody adopted", {"KEYHOLD_TOKEN_SUB": "id"}, CONFIGURATION, "token_sub and token_claims are for an application"),
    ("a key file where there are none", {"KEYHOLD_KEY_FILE": "/proc/x"}, CONFIGURATION, "/proc/x"),
    ("a folder where there are no files", {"KEYHOLD_STATE_DIR": "/proc"}, UNREACHABLE, "/proc/keyhold.db"),
    ("a device", {"DATABASE_URL": "sqlite:////dev/null"}, UNREACHABLE, "/dev/null is no file"),
    ("a link to nowhere", {"DATABASE_URL": "sqlite:///./link.db"}, UNREACHABLE, "link.db is a link to a file that is not there"),
]


@pytest.mark.sqlite
@pytest.mark.parametrize(("env", "code", "names"), [row[1:] for row in NOT_FOUND_BEFORE], ids=[row[0] for row in NOT_FOUND_BEFORE])
def test_config_check_looks_where_serve_makes_files(tmp_path, env, code, names):
    (tmp_path / "link.db").symlink_to("nowhere.db")
    assert names in run("config", "check", folder=tmp_path, env=env, check=PROBLEMS).stdout
    assert [path.name for path in tmp_path.iterdir()] == ["link.db"], "looking makes nothing"
    assert names in run(*SERVE, folder=tmp_path, env=env, check=code).stderr
    assert not (tmp_path / "nowhere.db").exists()


def test_a_configuration_file_that_is_not_there_is_an_error(tmp_path):
    assert "nowhere.toml" in run("--config", "nowhere.toml", "user", "list", folder=tmp_path, check=CONFIGURATION).stderr
    assert list(tmp_path.iterdir()) == []
