# SPDX-License-Identifier: Apache-2.0
"""Which tokens of an application are its access tokens: those that wait for a second factor, and refresh tokens, are signed with the same key and open nothing (RFC 8725 §3.12)."""
import jwt
import pytest
from reader import read
from server import PASSWORD, run
from shapes import ENV_FILE, SECRET
from test_decisions import application_of
from test_shapes import CONFIGURATION, ENV
from wire import ask

pytestmark = pytest.mark.sqlite  # it makes databases by itself

MADE = "import os\nSECRET_KEY = os.environ['SECRET_KEY']\n\n\ndef create_token(data, minutes=30):\n    d = data.copy()\n    d['exp'] = datetime.utcnow() + timedelta(minutes=minutes)\n    return jwt.encode(d, SECRET_KEY, algorithm='HS256')\n\n\n"
LOG_IN = MADE + "def login(user):\n    if user.has_second_factor:\n        return {{'{0}': create_token({1}, 5)}}\n    return {{'access_token': create_token({2})}}\n"


def log_in(half, full="", called="mfa_token"):
    return LOG_IN.format(called, "{'sub': user.username" + half + "}", "{'sub': user.username" + full + "}")


def opened(keyhold, application, **claims):
    return ask(keyhold.port, "GET", "/protected", token=application.token("ann", **claims)).status


@pytest.mark.parametrize(("half", "full", "called", "opens", "refused"), [
    (", 'mfa_pending': True", "", "mfa_token", {}, {"mfa_pending": True}),
    (", '2fa': 'pending'", "", "temp_token", {}, {"2fa": "pending"}),
    (", 'mfa_pending': True", "", "access_token", {}, {"mfa_pending": True}),
    (", 'mfa_required': True", ", 'mfa_required': False", "token", {"mfa_required": False}, {"mfa_required": True}),
    (", 'otpVerified': False", ", 'otpVerified': True", "token", {"otpVerified": True}, {"otpVerified": False}),
    (", 'stage': 'pre_auth'", ", 'stage': 'full'", "token", {"stage": "full"}, {"stage": "pre_auth"}),
    (", 'step': 1", "", "token", {}, {"step": 1}),
    (", 'type': '2fa'", ", 'type': 'login'", "token", {"type": "login"}, {"type": "2fa"}),
    (", 'mfa': True", ", 'mfa': False", "token", {"mfa": False}, {"mfa": True}),
    (", 'refresh': True", ", 'refresh': False", "refresh_token", {"refresh": False}, {"refresh": True}),
    (", 'partial': user.has_totp", ", 'partial': user.has_totp", "access_token", {"partial": False}, {"partial": True}),
])
def test_a_token_that_waits_for_a_second_factor_opens_nothing(half, full, called, opens, refused, tmp_path, start):
    application = application_of(tmp_path, files=ENV_FILE | {"auth.py": log_in(half, full, called)})
    application.adopt("--apply", "--yes")
    keyhold = start(ENV)
    assert (opened(keyhold, application, **opens), opened(keyhold, application, **refused)) == (200, 401)
    ours = ask(keyhold.port, "POST", "/login", json={"username": "ann", "password": PASSWORD}).json()["access_token"]
    assert not set(refused.items()) & set(jwt.decode(ours, SECRET, algorithms=["HS256"]).items()), "nor do ours say it"


@pytest.mark.parametrize("called", ["mfa_token", "temp_token", "challengeToken", "preAuthToken"])
def test_where_nothing_tells_them_from_access_tokens_no_old_token_is_taken(called, tmp_path, start):
    application = application_of(tmp_path, files=ENV_FILE | {"auth.py": log_in("", "", called)})
    said = application.adopt("--apply", "--yes").stdout
    assert "are all refused here" in said and "auth.py:8: old tokens: one that is made here for somebody who has yet to show a second factor" in said
    keyhold = start(ENV)
    assert opened(keyhold, application) == 401
    assert 'old_tokens_until = "2000-01-01"' in (tmp_path / "keyhold.toml").read_text()


CLAIMS = {
    "one that has shown it": ("def verify_otp(user):\n    return {'access_token': create_token({'sub': user.username, 'mfa_verified': True})}\n", "mfa_verified=true", False),
    "the function that ends it": ("def verify_mfa(user):\n    return create_token({'sub': user.username})\n", None, False),
    "the function that begins it": ("def request_mfa(user):\n    return create_token({'sub': user.username})\n", None, True),
    "what is known of somebody": ("def login(user):\n    return create_token({'sub': user.username, 'mfa_enabled': user.mfa_enabled, 'amr': ['otp']})\n", "mfa_enabled=*,amr", False),
    "words within words": ("def login(user):\n    template = attempt = ''\n    return create_token({'sub': user.username, 'template': 'x', 'attempts': 3})\n", "template,attempts", False),
    "a value that is not understood": ("def login(user):\n    return {'access_token': create_token({'sub': user.username, 'mfa': user.mfa})}\n", None, False),
    "another key": ("def login(user):\n    return {'mfa_token': jwt.encode({'sub': user.username}, os.environ['MFA_KEY']), 'access_token': create_token({'sub': user.username})}\n", None, False),
    "a link by mail is another matter": ("def forgot(user):\n    return create_token({'sub': user.username})\n\n\ndef login(user):\n    return create_token({'sub': user.username})\n", None, False),
}


@pytest.mark.parametrize("case", CLAIMS)
def test_what_access_tokens_have_to_say(case, tmp_path):
    code, claims, refused = CLAIMS[case]
    told = read(tmp_path, {".env": f"SECRET_KEY={SECRET}\nMFA_KEY=another-key-of-many-characters-0123456789\n", "auth.py": MADE + code})
    assert told["found"].get("claims", {}).get("value") == claims, told
    assert ("old_tokens" in told["found"]) == refused, told


SERVICE = "import os\nSECRET_KEY = os.environ['SECRET_KEY']\n\n\nclass Auth:\n    async def create_access_token(self, data):\n        d = data.copy()\n        d.update({'exp': datetime.utcnow() + timedelta(minutes=30), %s})\n        return jwt.encode(d, SECRET_KEY, algorithm='HS256')\n\n\nauth_service = Auth()\n"
ROUTES = "from services.auth import auth_service\n\n\nasync def login(user):\n    access_token = await auth_service.create_access_token(data={'sub': user.username})\n    return access_token\n"


def test_a_method_of_another_file_is_none_of_a_library(tmp_path, start):
    """What the method adds was not seen, and old tokens got 401."""
    application = application_of(tmp_path, files=ENV_FILE | {"services/auth.py": SERVICE % "'scope': 'access_token'", "routes/auth.py": ROUTES})
    application.adopt("--apply", "--yes")
    keyhold = start(ENV)
    assert [opened(keyhold, application, **claims) for claims in ({"scope": "access_token"}, {"scope": "refresh_token"}, {})] == [200, 401, 401]


FLASK = "from flask_jwt_extended import create_access_token\n"
LIBRARIES = {
    "of the library": {"a.py": FLASK + "def login(user):\n    return create_access_token(identity=user.email)\n"},
    "of the library, through a file of its own": {"a.py": "from b import create_access_token\ndef login(user):\n    return create_access_token(identity=user.email)\n", "b.py": FLASK},
    "where a method is called so too": {"a.py": FLASK + "class Tokens:\n    def create_access_token(self, user):\n        return create_access_token(identity=user.email)\n", "b.py": "tokens.create_access_token(user)\n"},
    "of an object of the library": {"a.py": "def login(user, Authorize):\n    return Authorize.create_access_token(subject=user.email)\n"},
    "a method that hands on": {"a.py": "class Tokens:\n    def create_access_token(self, user):\n        return self.library.create_access_token(subject=user.email)\n"},
}


@pytest.mark.parametrize("case", LIBRARIES)
def test_a_librarys_function_says_whom_tokens_name(case, tmp_path):
    assert read(tmp_path, LIBRARIES[case])["found"]["subject"]["value"] == "email"


ISSUED = "import os\nSECRET_KEY = os.environ['SECRET_KEY']\n\n\ndef login(user):\n    return jwt.encode({'sub': user.username, 'iss': 'my-api', 'exp': datetime.utcnow() + timedelta(minutes=30)}, SECRET_KEY, algorithm='HS256')\n\n\n"


def test_an_issuer_that_the_application_asks_for_is_a_decision(tmp_path, start):
    asks = "def read(token):\n    return jwt.decode(token, SECRET_KEY, algorithms=['HS256'], issuer='my-api')\n"
    application = application_of(tmp_path, files=ENV_FILE | {"auth.py": ISSUED + asks})
    assert "(auth.py:10)" in application.adopt("--apply", check=CONFIGURATION).stderr
    application.adopt("--issuer", "my-api", "--apply")
    keyhold = start(ENV)
    ours = ask(keyhold.port, "POST", "/login", json={"username": "ann", "password": PASSWORD}).json()["access_token"]
    assert jwt.decode(ours, SECRET, algorithms=["HS256"], issuer="my-api")["sub"] == "ann"
    assert opened(keyhold, application, iss="my-api") == 200


DEMANDS = {
    "nothing": ("", set()),
    "another's": ("def read(text):\n    return base64.decode(text, issuer='x')\n", set()),
    "an issuer of a setting": ("def read(token):\n    return jwt.decode(token, SECRET_KEY, issuer=os.environ['NOWHERE'])\n", {"issuer"}),
    "none": ("def read(token):\n    return jwt.decode(token, SECRET_KEY, issuer=None)\n", set()),
    "Flask's": ("app.config['JWT_DECODE_ISSUER'] = 'my-api'\n", {"issuer"}),
    "a word in scope": ("def read(payload):\n    if payload['scope'] == 'access_token':\n        return payload\n", {"scope"}),
}


@pytest.mark.parametrize("case", DEMANDS)
def test_what_an_application_asks_of_tokens_is_told_where_keyholds_do_not_say_it(case, tmp_path):
    code, wanted = DEMANDS[case]
    told = read(tmp_path, ENV_FILE | {"auth.py": ISSUED.replace("'iss': 'my-api'", "'scope': 'access_token'") + code})
    assert {guess["what"] for guess in told["guesses"]} == wanted
    assert any("`scope`" in one["why"] for one in told["not_found"]) == ("scope" not in wanted) and "token_claims" not in told["found"]


LOGS_IN = MADE + "def login(user):\n    return {'access_token': create_token({'sub': user.username, 'id': user.id%s})}\n\n\n"


def test_a_link_by_mail_that_says_less_than_access_tokens_opens_nothing(tmp_path, start):
    """It is signed with the same key by a function whose name tells nothing, RFC 8725 §3.12."""
    application = application_of(tmp_path, files=ENV_FILE | {"auth.py": LOGS_IN % ", 'role': user.role"}, columns=", role VARCHAR(10) NOT NULL DEFAULT 'user'")
    application.adopt("--apply", "--yes")
    assert 'old_token_claims = "id=*,role=*"' in (tmp_path / "keyhold.toml").read_text()
    keyhold = start(ENV)
    assert [opened(keyhold, application, **claims) for claims in ({"id": 1, "role": "user"}, {"id": 1, "role": None}, {"id": 1}, {})] == [200, 200, 401, 401]


@pytest.mark.parametrize(("made", "rules"), [
    ("{'sub': user.username, 'id': user.id}", "id=*"), ("{'sub': user.username, 'app': 'mine'}", "app"), ("payload", "id=*,role"), ("{**payload, 'tenant': user.tenant}", "id=*,role,tenant=*"), ("other(user)", None),
])
def test_what_every_access_token_carries_has_to_be_there(made, rules, tmp_path):
    code = f"def login(user):\n    payload = {{'sub': user.username, 'id': user.id}}\n    if user.role:\n        payload['role'] = user.role\n    return create_token({made})\n"
    told = read(tmp_path, {".env": f"SECRET_KEY={SECRET}\n", "auth.py": MADE + code})
    assert told["found"].get("claims", {}).get("value") == rules, told


def test_what_some_access_tokens_carry_may_be_absent(tmp_path):
    code = "def login(user):\n    return create_token({'sub': user.username, 'id': user.id})\n\n\ndef sign_in(user):\n    return create_token({'sub': user.username, 'id': user.id, 'role': user.role})\n"
    assert read(tmp_path, {".env": f"SECRET_KEY={SECRET}\n", "auth.py": MADE + code})["found"]["claims"]["value"] == "id=*,role"


def test_no_token_of_keyholds_carries_the_hash_of_a_password(tmp_path, start):
    application = application_of(tmp_path, files=ENV_FILE | {"auth.py": LOGS_IN % ", 'password': user.password, 'hash': user.password"})
    assert "which has the hashes of passwords: Keyhold's do not" in application.adopt().stdout
    application.adopt("--apply", "--yes")
    written = tmp_path / "keyhold.toml"
    assert 'token_claims = "id"' in written.read_text()
    written.write_text(written.read_text().replace('token_claims = "id"', 'token_claims = "id,hash=password"'))
    said = run("dev", "--bind", "127.0.0.1:0", folder=tmp_path, env=ENV, check=CONFIGURATION).stderr
    assert "password has the hashes of passwords" in said


def test_the_key_of_sessions_is_not_shared_unless_somebody_says_so(tmp_path, start):
    code = "from flask import Flask, session\napp = Flask(__name__)\napp.config['SECRET_KEY'] = '" + SECRET + "'\n"
    application = application_of(tmp_path, files={".env": ENV_FILE[".env"].splitlines()[0] + "\n", "app.py": code})
    (tmp_path / "login.py").unlink()  # which signs tokens
    said = application.adopt().stdout
    assert "none is shared, as no code of the application signs tokens (app.py:1)" in said and "app.py:3: secret_key: no code here makes tokens" in said
    application.adopt("--apply", "--yes")
    assert "secret_key" not in (tmp_path / "keyhold.toml").read_text()
    keyhold = start(ENV)
    ours = ask(keyhold.port, "POST", "/login", json={"username": "ann", "password": PASSWORD}).json()["access_token"]
    assert ask(keyhold.port, "GET", "/protected", token=ours).status == 200 and opened(keyhold, application) == 401
    with pytest.raises(jwt.InvalidTokenError):
        jwt.decode(ours, SECRET, algorithms=["HS256"])


def test_a_key_that_is_no_good_is_told_by_the_name_that_the_application_has_for_it(tmp_path):
    application = application_of(tmp_path, files={".env": ENV_FILE[".env"].splitlines()[0] + "\nJWT_SECRET_KEY=changeme\n"})
    said = application.adopt().stdout
    assert "JWT_SECRET_KEY " in said.split("Secret key")[1].splitlines()[1] and "leave JWT_SECRET_KEY out" in said


def test_where_no_database_is_found_a_url_with_a_password_is_wanted_in_the_environment(tmp_path):
    (tmp_path / "app.py").write_text("")
    assert "DATABASE_URL" in run("adopt", ".", folder=tmp_path, env=ENV, check=CONFIGURATION).stderr.splitlines()[-1]


@pytest.mark.parametrize(("made", "claims"), [("Payload(sub=user.email, role=user.role).model_dump()", "role=*,tenant"), ("Payload(sub=user.email).dict()", "role,tenant"), ("Payload(sub=user.email, role=user.role).model_dump(exclude_none=True)", "role,tenant"), ("asdict(Payload(sub=user.email, tenant=user.tenant))", "role,tenant=*")])
def test_a_payload_that_is_a_model_says_what_it_is_made_with(made, claims, tmp_path):
    code = f"class Payload(BaseModel):\n    sub: str\n    role: str = 'user'\n    tenant: str = 'mine'\n\n\ndef login(user):\n    return jwt.encode({made}, SECRET_KEY)\n"
    found = read(tmp_path, {"a.py": "SECRET_KEY = 'k'\n" + code})["found"]
    assert (found["subject"]["value"], found["claims"]["value"]) == ("email", claims)
