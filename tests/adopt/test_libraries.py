# SPDX-License-Identifier: Apache-2.0
"""What libraries make of the little that they are told: which key signs, whom tokens name, what else they say and how long they live, as their own documents and sources have it."""
import pytest
from reader import read

FLASK = "from flask_jwt_extended import JWTManager, create_access_token\napp.config['SECRET_KEY'] = 'of sessions'\napp.config['JWT_SECRET_KEY'] = 'key'\njwt = JWTManager(app)\n"
MADE = "def login(user):\n    return create_access_token(identity=str(user.id){})\n"
LITESTAR = "from litestar.security.jwt import {0}\nauth = {0}[User](retrieve_user_handler=find, token_secret=os.environ['JWT_SECRET']{1})\n\n\nasync def login(data):\n    return auth.login(identifier={2})\n"
AUTHJWT = "from {0} import AuthJWT\n\n\nclass Settings(BaseModel):\n    authjwt_secret_key: str = 'key'\n    SECRET_KEY: str = 'another'\n{1}\n\n@AuthJWT.load_config\ndef load():\n    return Settings()\n\n\ndef login(user, Authorize: AuthJWT):\n    return Authorize.create_access_token(subject=user.username{2})\n"
DRF = "from datetime import timedelta\nSECRET_KEY = 'key'\nINSTALLED_APPS = ['rest_framework_simplejwt']\n"
LARAVEL = {"composer.json": '{"require": {\n"php-open-source-saver/jwt-auth": "^2"}}'}
NONE = None

# What stands in the files; what is found of the key, `sub`, its rules (old_token_claims), ours (token_claims) and minutes.
CASES = {
    # https://flask-jwt-extended.readthedocs.io/en/stable/
    "flask_jwt_extended": (FLASK + MADE.format(""), "key", "id", NONE, NONE, "15"),
    "its claims": (FLASK + MADE.format(", additional_claims={'role': user.role}"), "key", "id", "role=*", "role", "15"),
    "its setting": (FLASK + "app.config['JWT_ACCESS_TOKEN_EXPIRES'] = timedelta(hours=2)\n" + MADE.format(""), "key", "id", NONE, NONE, "120"),
    "its setting in seconds": (FLASK + "app.config['JWT_ACCESS_TOKEN_EXPIRES'] = 3600\n" + MADE.format(""), "key", "id", NONE, NONE, "60"),
    "tokens that never end": (FLASK + "app.config['JWT_ACCESS_TOKEN_EXPIRES'] = False\n" + MADE.format(""), "key", "id", NONE, NONE, NONE),
    "a call's own life": (FLASK + MADE.format(", expires_delta=timedelta(days=1)"), "key", "id", NONE, NONE, "1440"),
    "a call that never ends": (FLASK + MADE.format(", expires_delta=False"), "key", "id", NONE, NONE, NONE),
    "calls that differ": (FLASK + MADE.format(", expires_delta=timedelta(days=1)") + MADE.format("").replace("login", "sign_in"), "key", "id", NONE, NONE, NONE),
    "another claim names people": (FLASK + "app.config['JWT_IDENTITY_CLAIM'] = 'user'\n" + MADE.format(""), "key", "none", "user=*", "user=id", "15"),
    "a loader of identities": (FLASK + "@jwt.user_identity_loader\ndef of(user):\n    return user.email\ndef login(user):\n    return create_access_token(identity=user)\n", "key", "email", NONE, NONE, "15"),
    "a loader that is a lambda": (FLASK + "jwt.user_identity_loader(lambda user: str(user.id))\ndef login(user):\n    return create_access_token(user)\n", "key", "id", NONE, NONE, "15"),
    "a loader that chooses": (FLASK + "@jwt.user_identity_loader\ndef of(user):\n    if user.email:\n        return user.email\n    return user.id\ndef login(user):\n    return create_access_token(identity=user)\n", "key", NONE, NONE, NONE, "15"),
    "a loader of claims": (FLASK + "@jwt.additional_claims_loader\ndef more(identity):\n    user = find(identity)\n    return {'role': user.role, 'tenant': 'app'}\n" + MADE.format(""), "key", "id", "role=*,tenant", "role,tenant:app", "15"),
    "an audience": (FLASK + "app.config['JWT_ENCODE_AUDIENCE'] = 'my-app'\n" + MADE.format(""), "key", "id", "aud=my-app", "aud:my-app", "15"),
    # https://github.com/IndominusByte/fastapi-jwt-auth/blob/master/fastapi_jwt_auth/auth_jwt.py
    "fastapi_jwt_auth": (AUTHJWT.format("fastapi_jwt_auth", "", ""), "key", "username", "type=access", "type:access", "15"),
    "another_fastapi_jwt_auth": (AUTHJWT.format("another_fastapi_jwt_auth", "    authjwt_access_token_expires: int = 3600\n", ", user_claims={'role': user.role}"), "key", "username", "type=access,role=*", "type:access,role", "60"),
    "async_fastapi_jwt_auth": (AUTHJWT.format("async_fastapi_jwt_auth", "", ", expires_time=timedelta(minutes=20)"), "key", "username", "type=access", "type:access", "20"),
    "authx": ("from authx import AuthX, AuthXConfig\nconfig = AuthXConfig()\nconfig.JWT_SECRET_KEY = 'key'\nsecurity = AuthX(config=config)\ndef login(user):\n    return security.create_access_token(uid=str(user.id))\n", "key", "id", "type=access", "type:access", "15"),
    # https://github.com/litestar-org/litestar/blob/main/litestar/security/jwt/token.py
    "Litestar": (LITESTAR.format("JWTAuth", "", "str(data.id)"), "of .env", "id", "extras", NONE, "1440"),
    "Litestar's OAuth2": (LITESTAR.format("OAuth2PasswordBearerAuth", ", token_url='/login', default_token_expiration=timedelta(hours=2)", "data.email"), "of .env", "login", "extras", NONE, "120"),
    # https://github.com/ahopkins/sanic-jwt/blob/main/sanic_jwt/authentication.py
    "sanic_jwt": ("from sanic_jwt import Initialize\nInitialize(app, authenticate=find, secret='key', expiration_delta=3600)\n", "key", "none", NONE, "user_id", "60"),
    "sanic_jwt, by its setting": ("from sanic_jwt import initialize\napp.config.SANIC_JWT_SECRET = 'key'\ninitialize(app, authenticate=find)\n", "key", "none", NONE, "user_id", "30"),
    "fastapi_login": ("from fastapi_login import LoginManager\nmanager = LoginManager('key', token_url='/login')\ndef login(user):\n    return manager.create_access_token(data={'sub': user.email})\n", "key", "email", NONE, NONE, "15"),
    "fastapi_login with its own life": ("from fastapi_login import LoginManager\nmanager = LoginManager('key', token_url='/login')\ndef login(user):\n    return manager.create_access_token(data={'sub': user.email}, expires=timedelta(hours=12))\n", "key", "email", NONE, NONE, "720"),
    "fastapi_jwt": ("from fastapi_jwt import JwtAccessBearer\nsecurity = JwtAccessBearer(secret_key='key')\ndef login(user):\n    return security.create_access_token(subject={'username': user.username})\n", "key", "none", NONE, NONE, "15"),
    "fastapi-users for another audience": ("def strategy():\n    return JWTStrategy('key', 3600, token_audience=['my:auth'])\n", "key", "id", "aud=my:auth", "aud:my:auth", "60"),
    # https://docs.authlib.org/en/latest/jose/jwt.html
    "authlib": ("from authlib.jose import jwt\ndef login(user):\n    header = {'alg': 'HS256'}\n    return jwt.encode(header, {'sub': user.email, 'exp': now() + timedelta(minutes=20)}, 'key')\n", "key", "email", NONE, NONE, "20"),
    "authlib's JsonWebToken": ("from authlib.jose import JsonWebToken\njwt = JsonWebToken(['HS256'])\ndef login(user):\n    return jwt.encode({'alg': 'HS256'}, {'sub': user.email}, 'key')\n", "key", "email", NONE, NONE, NONE),
    "joserfc": ("from joserfc import jwt\nfrom joserfc.jwk import OctKey\ndef login(user):\n    return jwt.encode({'alg': 'HS256'}, {'sub': user.email}, OctKey.import_key('key'))\n", "key", "email", NONE, NONE, NONE),
    # https://django-rest-framework-simplejwt.readthedocs.io/en/latest/settings.html
    "simplejwt without settings": (DRF, "key", "none", NONE, "token_type:access,user_id=id", "5"),
    "simplejwt, what is added": (DRF + "class More(TokenObtainPairSerializer):\n    @classmethod\n    def get_token(cls, user):\n        token = super().get_token(user)\n        token['staff'] = user.is_staff\n        return token\n", "key", "none", NONE, "token_type:access,user_id=id,staff=is_staff", "5"),
    "simplejwt, for somebody": (DRF + "SIMPLE_JWT = {'AUDIENCE': 'my-app', 'ACCESS_TOKEN_LIFETIME': timedelta(hours=1)}\n", "key", "none", NONE, "token_type:access,user_id=id,aud:my-app", "60"),
    "simplejwt, in one of several settings": ({"manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.dev')\n", "site/base.py": DRF.replace("SECRET_KEY = 'key'\n", ""), "site/dev.py": "from .base import *\nSECRET_KEY = 'key'\n", "site/prod.py": "from .base import *\nSECRET_KEY = 'wrong'\n"}, "key", "none", NONE, "token_type:access,user_id=id", "5"),
    "django.conf's settings": ({"manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\n", "site/settings.py": "SECRET_KEY = 'key'\n", "old/settings.py": "SECRET_KEY = 'wrong'\n", "a.py": "from django.conf import settings\ndef login(user):\n    return jwt.encode({'sub': user.email}, settings.SECRET_KEY)\n"}, "key", "email", NONE, NONE, NONE),
    "djangorestframework-jwt": ("SECRET_KEY = 'wrong'\nJWT_AUTH = {'JWT_SECRET_KEY': 'key', 'JWT_EXPIRATION_DELTA': timedelta(days=1)}\n", "key", "none", NONE, "user_id=id,username,email", "1440"),
    # https://github.com/tymondesigns/jwt-auth/blob/develop/config/config.php
    "Laravel": (LARAVEL | {".env": "APP_KEY=base64:abc\nJWT_SECRET=key\n"}, "key", "id", "nbf,prv", NONE, "60"),
    "Laravel with its own life": (LARAVEL | {".env": "JWT_SECRET=key\nJWT_TTL=1440\n"}, "key", "id", "nbf,prv", NONE, "1440"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_a_library_makes_is_known_by_its_name(case, tmp_path):
    files, *expected = CASES[case]
    told = read(tmp_path, files if isinstance(files, dict) else {"app.py": files, ".env": "JWT_SECRET=of .env\n"} if "JWT_SECRET'" in files else {"app.py": files})
    assert [told["found"].get(what, {}).get("value") for what in ("secret_key", "subject", "claims", "token_claims", "expire_minutes")] == expected, told
    assert expected[1] or [guess for guess in told["guesses"] if guess["what"] == "subject"]
    assert not [guess for guess in told["guesses"] if guess["what"] == "secret_key"], "a library says which key it is"


def test_what_a_library_refuses_or_cannot_be_made_is_told(tmp_path):
    why = [one["why"] for one in read(tmp_path, LARAVEL | {".env": "JWT_SECRET=key\n"})["not_found"]]
    assert any("`nbf`" in one and "required_claims" in one for one in why)
    more = "@jwt.additional_claims_loader\ndef more(identity):\n    return make(identity)\n"
    why = [one["why"] for one in read(tmp_path, {"app.py": FLASK + more + MADE.format("")})["not_found"]]
    assert any("additional_claims_loader" in one and "old_token_claims" in one for one in why)


SESSIONS = {
    "Flask": {"app.py": "from flask import Flask, session\napp = Flask(__name__)\napp.config['SECRET_KEY'] = 'of sessions'\n"},
    "Flask-Login": {"app.py": "from flask import Flask\nfrom flask_login import LoginManager, login_user\napp.config.from_mapping(SECRET_KEY=os.environ['SECRET_KEY'])\n", ".env": "SECRET_KEY=of sessions\nACCESS_TOKEN_EXPIRE_MINUTES=5\n"},
    "Django": {"site/settings.py": "SECRET_KEY = 'of sessions'\nINSTALLED_APPS = ['django.contrib.sessions']\n", "manage.py": "import django\n"},
    "Starlette": {"app.py": "from starlette.middleware.sessions import SessionMiddleware\nSECRET_KEY = 'of sessions'\napp.add_middleware(SessionMiddleware, secret_key=SECRET_KEY)\n"},
    "itsdangerous": {"app.py": "from itsdangerous import URLSafeTimedSerializer\nSECRET_KEY = 'of links'\nmaker = URLSafeTimedSerializer(SECRET_KEY)\n"},
}


@pytest.mark.parametrize("case", SESSIONS)
def test_where_no_code_makes_tokens_no_key_is_shared_and_that_is_told(case, tmp_path):
    told = read(tmp_path, SESSIONS[case])
    assert set(told["found"]) == {"no_tokens"} and ".py:" in told["found"]["no_tokens"]["where"], told
    assert [one for one in told["not_found"] if "no code here makes tokens" in one["why"] and "--secret-key-file" in one["why"]]


def test_where_no_code_makes_tokens_and_no_key_is_seen_that_is_told_too(tmp_path):
    assert set(read(tmp_path, {"app.py": "from flask import Flask, session\napp.secret_key = make()\n"})["found"]) == {"no_tokens"}


@pytest.mark.parametrize("more", ["import jwt\n", "from jose import jwt\n", "from app.tokens import make\nfrom authlib.jose import jwt\n"])
def test_where_code_may_make_tokens_its_key_is_taken_by_its_name(more, tmp_path):
    told = read(tmp_path, {"app.py": more + SESSIONS["Flask"]["app.py"]})
    assert told["found"]["secret_key"]["value"] == "of sessions" and "no_tokens" not in told["found"]


def test_a_key_that_is_called_after_tokens_is_one_of_tokens(tmp_path):
    told = read(tmp_path, {"app.py": "from flask import Flask, session\n", ".env": "JWT_SECRET_KEY=key\n"})
    assert told["found"]["secret_key"]["value"] == "key"


@pytest.mark.parametrize(("files", "name"), [({".env": "JWT_SECRET_KEY=abc\n"}, "JWT_SECRET_KEY"), ({"app.py": FLASK + MADE.format("")}, "JWT_SECRET_KEY"), ({"a.py": "class S(BaseSettings):\n    auth_secret: str = 'secret'\ns = S()\ndef login(user):\n    return jwt.encode({'sub': user.id}, s.auth_secret)\n"}, "auth_secret")])
def test_the_key_is_told_by_the_name_that_it_has(files, name, tmp_path):
    assert read(tmp_path, files)["found"]["secret_name"]["value"] == name


# A key that is seen and not understood: no other is taken for it, unless it is called so too, and then as a guess.
LOST = {
    "Flask's": (FLASK.replace("'key'", "vault()") + MADE.format(""), {}, None),
    "fastapi_jwt_auth's": (AUTHJWT.format("fastapi_jwt_auth", "", "").replace("'key'", "vault()"), {".env": "SECRET_KEY=wrong\n"}, None),
    "Litestar's": (LITESTAR.format("JWTAuth", "", "str(data.id)").replace("os.environ['JWT_SECRET']", "vault()"), {".env": "SECRET_KEY=wrong\n"}, None),
    "fastapi-users'": ("def strategy():\n    return JWTStrategy(secret=vault(), lifetime_seconds=3600)\n", {".env": "SECRET_KEY=wrong\n"}, None),
    "fastapi-users', of another package": ("from elsewhere import settings\ndef strategy():\n    return JWTStrategy(secret=settings.AUTH_SECRET, lifetime_seconds=3600)\n", {".env": "SECRET_KEY=wrong\nAUTH_SECRET=right\n"}, "right"),
    "simplejwt's": (DRF + "SIMPLE_JWT = {'SIGNING_KEY': vault()}\n", {".env": "SECRET_KEY=wrong\n"}, None),
}


@pytest.mark.parametrize("case", LOST)
def test_of_a_librarys_key_that_is_not_understood_no_other_takes_the_place(case, tmp_path):
    code, more, key = LOST[case]
    told = read(tmp_path, {"app.py": code} | more)
    assert told["found"].get("secret_key", {}).get("value") == key, told
    assert [guess for guess in told["guesses"] if guess["what"] == "secret_key"] if key else [one for one in told["not_found"] if one["why"].startswith("secret_key:")], told


def test_what_node_makes_is_no_key_of_sessions(tmp_path):
    told = read(tmp_path, SESSIONS["Flask"] | {"package.json": '{"dependencies": {"jsonwebtoken": "9"}}'})
    assert told["found"]["secret_key"]["value"] == "of sessions"
