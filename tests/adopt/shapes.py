# SPDX-License-Identifier: Apache-2.0
"""Applications of many shapes, each in a few lines: its table, how it hashes, where its settings stand, what its tokens say.

They are written after kinds that are found among public applications; none is anybody's code. What an application does
(register, log in, list its users) is done by its own libraries: bcrypt, passlib, argon2-cffi, Django, Werkzeug."""
import hashlib
import secrets
import uuid
from dataclasses import dataclass, field

import argon2
import bcrypt
import django.contrib.auth.hashers as django
from django.conf import settings
from passlib import hash as passlib
from werkzeug.security import check_password_hash, generate_password_hash

if not settings.configured:
    settings.configure()

SECRET = "the-applications-own-secret-of-many-characters"
ALL = ("sqlite", "postgresql", "mariadb")

ENV_FILE = {".env": "DATABASE_URL={url}\nSECRET_KEY=" + SECRET + "\n"}


def bcrypt_text(password):
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()


def bcrypt_verify(password, stored):
    return bcrypt.checkpw(password.encode(), stored.encode())


def bcrypt_bytes(password):
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4))


def bcrypt_bytes_verify(password, stored):
    """As `bcrypt.checkpw(password.encode(), user.password)` does, which takes bytes alone."""
    return bcrypt.checkpw(password.encode(), bytes(stored) if isinstance(stored, memoryview) else stored)


SMALL_ARGON2 = argon2.PasswordHasher(time_cost=2, memory_cost=8192, parallelism=1)


def argon2_verify(password, stored):
    try:
        return SMALL_ARGON2.verify(stored, password)
    except argon2.exceptions.VerifyMismatchError:
        return False


class DjangoArgon2(django.Argon2PasswordHasher):
    memory_cost, parallelism = 1024, 2


class DjangoBcryptSha256(django.BCryptSHA256PasswordHasher):
    rounds = 4


def by_django(hasher, *cost):
    return lambda password: hasher.encode(password, hasher.salt(), *cost)


def werkzeug_scrypt(password):
    """As Werkzeug 2.3 and later write it by default; Debian's 2.2 has PBKDF2 alone. https://werkzeug.palletsprojects.com/en/2.3.x/utils/"""
    salt = secrets.token_hex(8)
    return f"scrypt:32768:8:1${salt}$" + hashlib.scrypt(password.encode(), salt=salt.encode(), n=32768, r=8, p=1, maxmem=1 << 27).hex()


def werkzeug_scrypt_verify(password, stored):
    method, salt, digest = stored.split("$")
    n, r, p = map(int, method.split(":")[1:])
    return secrets.compare_digest(hashlib.scrypt(password.encode(), salt=salt.encode(), n=n, r=r, p=p, maxmem=1 << 27).hex(), digest)


def php_verify(password, stored):
    """Laravel's Hash::check() takes what PHP's password_get_info() calls bcrypt: $2y$ and 60 letters."""
    return stored.startswith("$2y$") and len(stored) == 60 and bcrypt.checkpw(password.encode(), stored.encode())


def signs(sub, more=""):
    """A file of an application that makes its access tokens so."""
    return {"auth.py": "def login(user):\n    return create_access_token({'sub': " + sub + more + "})\n"}


@dataclass
class Shape:
    name: str
    table: str                       # its DDL with {serial}, {bool}, {uuid}, {true}, {bytes}
    users: str = "users"
    by: str = "username"             # the column by which people log in
    password: str = "password"
    row: object = None               # name -> the other columns of a new row, as the application writes it
    hash: object = bcrypt_text
    verify: object = bcrypt_verify
    files: dict = field(default_factory=lambda: ENV_FILE)
    kinds: tuple = ALL
    addresses: bool = False          # names are e-mail addresses
    email: bool = False              # an address is needed to register here
    lock: tuple = None               # (column, value of who may, value of who may not)
    flags: tuple = ()
    new_users: bool = True
    refused: str = ""                # the report's words, where it cannot be adopted
    needs: tuple = ()                # columns that no row may leave empty, as the application's own list would fail
    claims: object = None            # row -> what its tokens say besides exp; None: {"sub": name}
    old_token: bool = True           # whether such a token opens Keyhold
    said: tuple = None               # which of these claims Keyhold's tokens have too; None: all
    tables_before: tuple = ()        # statements before that of the table
    rows_before: tuple = ()
    few: bool = False                # one user alone is there
    note: str = ""                   # for the table of docs/taking-over.md


def plain(_name):
    return {}


TUTORIAL = "CREATE TABLE users (id {serial} PRIMARY KEY, username VARCHAR(255) UNIQUE, password VARCHAR(255))"
WITH_EMAIL = "CREATE TABLE users (id {serial} PRIMARY KEY, username VARCHAR(50) NOT NULL UNIQUE, email VARCHAR(255) NOT NULL UNIQUE, hashed_password VARCHAR(255) NOT NULL, is_active {bool} NOT NULL)"


def email_row(name):
    return {"email": f"{name}@example.org", "is_active": True}


SHAPES = [
    Shape("tutorial", TUTORIAL, row=plain, note="the tutorial's table"),
    Shape("username and e-mail, both required", WITH_EMAIL, password="hashed_password", row=email_row, email=True, lock=("is_active", True, False), needs=("email",),
          note="who registers here gives an address"),
    Shape("log-in by e-mail", "CREATE TABLE users (id {serial} PRIMARY KEY, email VARCHAR(255) NOT NULL UNIQUE, password_hash VARCHAR(255) NOT NULL, name VARCHAR(100) NOT NULL, created_at TIMESTAMP NOT NULL)",
          by="email", password="password_hash", addresses=True, row=lambda name: {"name": name.split("@")[0], "created_at": "2026-01-02 03:04:05"}, needs=("name", "created_at"), note="the name becomes the address"),
    Shape("fastapi-users", "CREATE TABLE \"user\" (id {uuid} NOT NULL PRIMARY KEY, email VARCHAR(320) NOT NULL UNIQUE, hashed_password VARCHAR(1024) NOT NULL, is_active {bool} NOT NULL, is_superuser {bool} NOT NULL, is_verified {bool} NOT NULL)",
          users='"user"', by="email", password="hashed_password", addresses=True, hash=SMALL_ARGON2.hash, verify=argon2_verify,
          row=lambda name: {"id": str(uuid.uuid4()), "is_active": True, "is_superuser": False, "is_verified": False}, lock=("is_active", True, False),
          files={"app/users.py": "SECRET = '" + SECRET + "'\n\ndef get_jwt_strategy():\n    return JWTStrategy(secret=SECRET, lifetime_seconds=3600)\n", "app/db.py": 'DATABASE_URL = "{url}"\nengine = create_async_engine(DATABASE_URL)\n'},
          claims=lambda row: {"sub": row["id"], "aud": ["fastapi-users:auth"]}, note="Argon2id with its parameters"),
    Shape("username that is not unique", "CREATE TABLE users (id {serial} PRIMARY KEY, username VARCHAR(50), email VARCHAR(255) UNIQUE NOT NULL, password VARCHAR(255) NOT NULL)",
          by="email", addresses=True, row=lambda name: {"username": "somebody"}, needs=("username",), note="people are told apart by the e-mail"),
    Shape("bcrypt as bytes", "CREATE TABLE users (id {serial} PRIMARY KEY, username VARCHAR(50) UNIQUE NOT NULL, password {bytes} NOT NULL)", row=plain, hash=bcrypt_bytes, verify=bcrypt_bytes_verify,
          note="hashes stay bytes"),
    Shape("bytes in a column of texts", TUTORIAL, row=plain, hash=bcrypt_bytes, verify=bcrypt_bytes_verify, kinds=("sqlite",), note="as the rows are, whatever the column's type"),
    Shape("Argon2id alone", TUTORIAL, row=plain, hash=SMALL_ARGON2.hash, verify=argon2_verify, note="Argon2id with its parameters"),
    Shape("status as words", "CREATE TABLE users (id {serial} PRIMARY KEY, username VARCHAR(50) UNIQUE NOT NULL, password VARCHAR(255) NOT NULL, status VARCHAR(20) NOT NULL)",
          row=lambda name: {"status": "active"}, lock=("status", "active", "banned"), note="both words are in the rows"),
    Shape("status as numbers", "CREATE TABLE users (id {serial} PRIMARY KEY, username VARCHAR(50) UNIQUE NOT NULL, password VARCHAR(255) NOT NULL, status INTEGER NOT NULL)",
          row=lambda name: {"status": 1}, lock=("status", 1, 2), flags=("--active-column", "status=1", "--disabled-column", "status=2"), note="`--active-column status=1 --disabled-column status=2`"),
    Shape("gesperrt", "CREATE TABLE benutzer (id {serial} PRIMARY KEY, benutzername VARCHAR(50) UNIQUE NOT NULL, passwort VARCHAR(255) NOT NULL, gesperrt {bool} NOT NULL)", users="benutzer", by="benutzername",
          password="passwort", row=lambda name: {"gesperrt": False}, lock=("gesperrt", False, True), note="found by what its columns hold"),
    Shape("deleted_at", "CREATE TABLE users (id {serial} PRIMARY KEY, username VARCHAR(50) UNIQUE NOT NULL, password VARCHAR(255) NOT NULL, deleted_at TIMESTAMP NULL)", row=plain,
          lock=("deleted_at", None, "2026-01-01 00:00:00"), note="a time at which somebody went"),
    Shape("usuarios", "CREATE TABLE usuarios (codigo {serial} PRIMARY KEY, correo VARCHAR(120) UNIQUE NOT NULL, clave VARCHAR(120) NOT NULL, activo {bool} NOT NULL)", users="usuarios", by="correo", password="clave",
          addresses=True, row=lambda name: {"activo": True}, lock=("activo", True, False), note="found by what its columns hold"),
    Shape("account_secret", "CREATE TABLE account_secret (id {serial} PRIMARY KEY, login VARCHAR(64) UNIQUE NOT NULL, secret_hash VARCHAR(100) NOT NULL)", users="account_secret", by="login", password="secret_hash", row=plain,
          note="found by what its columns hold"),
    Shape("Django's auth_user with bcrypt", "CREATE TABLE auth_user (id {serial} PRIMARY KEY, password VARCHAR(128) NOT NULL, last_login TIMESTAMP NULL, is_superuser {bool} NOT NULL, username VARCHAR(150) NOT NULL UNIQUE, "
          "first_name VARCHAR(150) NOT NULL, last_name VARCHAR(150) NOT NULL, email VARCHAR(254) NOT NULL, is_staff {bool} NOT NULL, is_active {bool} NOT NULL, date_joined TIMESTAMP NOT NULL)", users="auth_user",
          row=lambda name: {"is_superuser": False, "first_name": "", "last_name": "", "email": f"{name}@example.org", "is_staff": False, "is_active": True, "date_joined": "2026-01-02 03:04:05"}, email=True,
          lock=("is_active", True, False), needs=("email", "date_joined"), note="with a plain bcrypt hasher"),
    Shape("a role that all have", "CREATE TABLE users (id {serial} PRIMARY KEY, username VARCHAR(50) UNIQUE NOT NULL, password VARCHAR(255) NOT NULL, role VARCHAR(20) NOT NULL)", row=lambda name: {"role": "user"},
          flags=("--value", "role=user"), needs=("role",), note="`--value role=user`"),
    Shape("a role without an answer", "CREATE TABLE users (id {serial} PRIMARY KEY, username VARCHAR(50) UNIQUE NOT NULL, password VARCHAR(255) NOT NULL, role VARCHAR(20) NOT NULL)", row=lambda name: {"role": "user"},
          refused="column role", note="refused until `--value role=...` or `--no-registration` is said"),
    Shape("a household", "CREATE TABLE users (id {serial} PRIMARY KEY, username VARCHAR(50) UNIQUE NOT NULL, password VARCHAR(255) NOT NULL, group_id INTEGER NOT NULL REFERENCES groups_of_users (id))",
          row=lambda name: {"group_id": 1}, tables_before=("CREATE TABLE groups_of_users (id {serial} PRIMARY KEY, name VARCHAR(20))",), rows_before=("INSERT INTO groups_of_users (name) VALUES ('home')",),
          flags=("--no-registration",), new_users=False, note="`--no-registration`: people register at the application"),
    Shape("a household without an answer", "CREATE TABLE users (id {serial} PRIMARY KEY, username VARCHAR(50) UNIQUE NOT NULL, password VARCHAR(255) NOT NULL, group_id INTEGER NOT NULL)", row=lambda name: {"group_id": 1},
          refused="column group_id", note="refused until `--value group_id=...` or `--no-registration` is said"),
    Shape("a locale that all have", "CREATE TABLE users (id {serial} PRIMARY KEY, username VARCHAR(50) UNIQUE NOT NULL, password VARCHAR(255) NOT NULL, locale VARCHAR(5) NOT NULL, created_at TIMESTAMP NULL)",
          row=lambda name: {"locale": "en", "created_at": "2026-01-02 03:04:05"}, needs=("locale", "created_at"), note="new users get what all have"),
    Shape("cuid", "CREATE TABLE users (id VARCHAR(25) NOT NULL PRIMARY KEY, username VARCHAR(50) UNIQUE NOT NULL, password VARCHAR(255) NOT NULL)", row=lambda name: {"id": "c" + uuid.uuid5(uuid.NAMESPACE_DNS, name).hex[:24]},
          flags=("--no-registration",), new_users=False, note="`--no-registration`: no room for an id of ours"),
    Shape("UUID in CHAR(32)", "CREATE TABLE users (id CHAR(32) NOT NULL PRIMARY KEY, username VARCHAR(50) UNIQUE NOT NULL, password VARCHAR(255) NOT NULL)", row=lambda name: {"id": uuid.uuid4().hex}, note="as SQLAlchemy writes it"),
    Shape("UUID as bytes", "CREATE TABLE users (id {key_bytes} NOT NULL PRIMARY KEY, username VARCHAR(50) UNIQUE NOT NULL, password VARCHAR(255) NOT NULL)", row=lambda name: {"id": uuid.uuid4().bytes}, kinds=("sqlite", "mariadb"),
          refused="column id", note="refused: `keyhold import` takes its users away"),
    Shape("a name that may be there twice", "CREATE TABLE users (id {serial} PRIMARY KEY, username VARCHAR(50), password VARCHAR(255))", row=plain, refused="unique index", note="refused until there is a unique index"),
    Shape("settings in parts", TUTORIAL, row=plain, kinds=("postgresql", "mariadb"),
          files={".env": "DB_HOST={host}\nDB_PORT={port}\nDB_USER={user}\nDB_PASS='{password}'  # quoted\nDB_NAME={database}\nJWT_SECRET_KEY=" + SECRET + "\n",
                 "app/config.py": 'import os\nfrom urllib.parse import quote\nDB_HOST = os.getenv("DB_HOST")\nURL = f"{scheme}://{{os.getenv(\'DB_USER\')}}:{{quote(os.environ[\'DB_PASS\'], safe=\'\')}}@{{DB_HOST}}:{{os.environ[\'DB_PORT\']}}/{{os.getenv(\'DB_NAME\')}}"\n',
                 "app/database.py": "from .config import URL\nengine = create_engine(URL)\n"}, note="an f-string of `DB_*`"),
    Shape("sqlite:///{name}", TUTORIAL, row=plain, kinds=("sqlite",),
          files={"main.py": 'sqlite_file_name = "test.db"\nsqlite_url = f"sqlite:///{{sqlite_file_name}}"\nengine = create_engine(sqlite_url)\nSECRET_KEY = "' + SECRET + '"\n'}, note="SQLModel's own tutorial"),
    Shape("pydantic settings", TUTORIAL, row=plain,
          files={".env": "APP_SECRET_KEY=" + SECRET + "\nAPP_DATABASE__URL={url}\n", "app/config.py": 'class Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix="APP_", env_nested_delimiter="__")\n'
                 '    SECRET_KEY: str = Field(default="no", description="The key that signs the tokens of this application")\n    ACCESS_TOKEN_EXPIRE_MINUTES: int = 60 * 24 * 8\nsettings = Settings()\n',
                 "app/security.py": "from app.config import settings\n\ndef create_access_token(data):\n    return jwt.encode(data, settings.SECRET_KEY, algorithm='HS256')\n\n\ndef login(user):\n    return create_access_token(dict(sub=user.username))\n"}, note="`.env` behind a prefix"),
]

DJANGO = ("CREATE TABLE auth_user (id {serial} PRIMARY KEY, password VARCHAR(128) NOT NULL, last_login TIMESTAMP NULL, is_superuser {bool} NOT NULL, username VARCHAR(150) NOT NULL UNIQUE, first_name VARCHAR(150) NOT NULL, "
          "last_name VARCHAR(150) NOT NULL, email VARCHAR(254) NOT NULL, is_staff {bool} NOT NULL, is_active {bool} NOT NULL, date_joined TIMESTAMP NOT NULL)")


def django_row(name):
    return {"is_superuser": False, "first_name": "", "last_name": "", "email": f"{name}@example.org", "is_staff": False, "is_active": True, "date_joined": "2026-01-02 03:04:05"}


def django_shape(name, make, note):
    return Shape(name, DJANGO, users="auth_user", row=django_row, email=True, lock=("is_active", True, False), needs=("email", "date_joined"), hash=make, verify=django.check_password, note=note)


ROLES = ("CREATE TABLE users (id {serial} PRIMARY KEY, username VARCHAR(50) UNIQUE NOT NULL, email VARCHAR(255) UNIQUE NOT NULL, password VARCHAR(255) NOT NULL, role VARCHAR(20) DEFAULT 'user' NOT NULL, "
         "is_admin {bool} NOT NULL)")

# Hashes of other libraries, and tokens that name users by something else than the username.
SHAPES += [
    django_shape("Django's own PBKDF2", by_django(django.PBKDF2PasswordHasher(), 1000), "PBKDF2 as Django writes it, 600,000 iterations at least"),
    django_shape("Django with Argon2", by_django(DjangoArgon2()), "Argon2id behind Django's mark"),
    django_shape("Django with bcrypt_sha256", by_django(DjangoBcryptSha256()), "bcrypt of the digest, as Django makes it"),
    Shape("Flask with Werkzeug's scrypt", "CREATE TABLE \"user\" (id {serial} PRIMARY KEY, username VARCHAR(80) UNIQUE NOT NULL, password_hash VARCHAR(256) NOT NULL)", users='"user"', password="password_hash", row=plain,
          hash=werkzeug_scrypt, verify=werkzeug_scrypt_verify, files=ENV_FILE | {"app.py": "from flask_jwt_extended import create_access_token\n\napp.config['JWT_ACCESS_TOKEN_EXPIRES'] = 1800\n\n\ndef login(user):\n    return create_access_token(identity=str(user.id))\n"},
          claims=lambda row: {"sub": row["id"], "type": "access", "fresh": False, "jti": str(uuid.uuid4()), "csrf": str(uuid.uuid4())}, said=("sub",), note="scrypt as Werkzeug writes it; flask_jwt_extended's tokens"),
    Shape("Flask with Werkzeug's PBKDF2", TUTORIAL, row=plain, hash=lambda password: generate_password_hash(password, "pbkdf2:sha256:1000"), verify=lambda password, stored: check_password_hash(stored, password),
          note="PBKDF2 as Werkzeug writes it, 600,000 iterations at least"),
    Shape("passlib's pbkdf2_sha256", TUTORIAL, row=plain, hash=passlib.pbkdf2_sha256.using(rounds=1000).hash, verify=passlib.pbkdf2_sha256.verify, note="PBKDF2 as passlib writes it, 600,000 iterations at least"),
    Shape("passlib's sha256_crypt", TUTORIAL, row=plain, hash=passlib.sha256_crypt.using(rounds=1000).hash, verify=passlib.sha256_crypt.verify, note="crypt(5)'s `$5$`, 535,000 rounds at least"),
    Shape("passlib's bcrypt_sha256", TUTORIAL, row=plain, hash=passlib.bcrypt_sha256.using(rounds=5).hash, verify=passlib.bcrypt_sha256.verify, note="`$bcrypt-sha256$`, with passwords of any length"),
    Shape("Laravel", "CREATE TABLE users (id {serial} PRIMARY KEY, name VARCHAR(255) NOT NULL, email VARCHAR(255) NOT NULL UNIQUE, email_verified_at TIMESTAMP NULL, password VARCHAR(255) NOT NULL, remember_token VARCHAR(100) NULL, "
          "created_at TIMESTAMP NULL, updated_at TIMESTAMP NULL)", by="email", addresses=True, row=lambda name: {"name": name.split("@")[0], "created_at": "2026-01-02 03:04:05", "updated_at": "2026-01-02 03:04:05"}, needs=("name", "created_at"),
          hash=passlib.bcrypt.using(rounds=4, ident="2y").hash, verify=php_verify, kinds=("postgresql", "mariadb"),
          files={".env": "DB_CONNECTION={scheme}\nDB_HOST={host}\nDB_PORT={port}\nDB_DATABASE={database}\nDB_USERNAME={user}\nDB_PASSWORD=\"{password}\"\nJWT_SECRET=" + SECRET + "\n"},
          flags=("--token-sub", "id"), claims=lambda row: {"sub": row["id"], "prv": "23bd5c89", "nbf": 1}, old_token=False, said=("sub",), note="`$2y$`; `--token-sub id`, its old tokens open nothing (`nbf`)"),
    Shape("Express and Prisma", "CREATE TABLE \"User\" (id {serial} PRIMARY KEY, email VARCHAR(191) NOT NULL UNIQUE, name VARCHAR(191) NULL, password VARCHAR(191) NOT NULL)", users='"User"', by="email", addresses=True,
          row=lambda name: {"name": "somebody"}, files=ENV_FILE | {"prisma/schema.prisma": "datasource db {\n  provider = \"postgresql\"\n  url = env(\"DATABASE_URL\")\n}\n"},
          hash=lambda password: bcrypt.hashpw(password.encode(), bcrypt.gensalt(4, prefix=b"2a")).decode(), claims=lambda row: {"userId": int(row["id"])}, old_token=False, said=("userId",),
          flags=("--token-claims", "userId=id"), note="`--token-claims userId=id`; its old tokens have no `sub`, and open nothing"),
    Shape("the name is the key", "CREATE TABLE users (username VARCHAR(50) NOT NULL PRIMARY KEY, password VARCHAR(255) NOT NULL)", row=plain, note="who is renamed at Keyhold stays the same account"),
    Shape("sub is the id", TUTORIAL, row=plain, files=ENV_FILE | signs("str(user.id)"), claims=lambda row: {"sub": row["id"]}, note="`sub` of both is the id in the table"),
    Shape("sub is the e-mail", WITH_EMAIL, password="hashed_password", row=email_row, email=True, lock=("is_active", True, False), needs=("email",), files=ENV_FILE | signs("user.email"),
          claims=lambda row: {"sub": row["email"]}, note="`sub` of both is the address"),
    Shape("claims of columns", ROLES, row=lambda name: {"email": f"{name}@example.org", "role": "user", "is_admin": False}, email=True, needs=("email", "role"),
          files=ENV_FILE | signs("str(user.id)", ", 'role': user.role, 'email': user.email, 'admin': user.is_admin, 'user_id': user.id, 'type': 'access'"),
          claims=lambda row: {"sub": row["id"], "role": "user", "email": row["email"], "admin": False, "user_id": int(row["id"]), "type": "access"}, note="role, address, a yes or no, a number and a fixed word"),
    Shape("UUID in CHAR(32), named by tokens", "CREATE TABLE users (id CHAR(32) NOT NULL PRIMARY KEY, username VARCHAR(50) UNIQUE NOT NULL, password VARCHAR(255) NOT NULL)", row=lambda name: {"id": uuid.uuid4().hex},
          files=ENV_FILE | signs("str(user.id)"), claims=lambda row: {"sub": str(uuid.UUID(row["id"]))}, note="with dashes in tokens, as Python writes UUIDs"),
]

# Settings and tokens that are put together from several places.
SHAPES += [
    Shape("one function for all kinds of tokens", TUTORIAL, row=plain,
          files=ENV_FILE | {"auth.py": "import os\nSECRET_KEY = os.environ['SECRET_KEY']\n\n\ndef create_token(user, kind):\n    return jwt.encode(dict(sub=str(user.id), type=kind), SECRET_KEY)\n\n\n"
                                       "def forgot(user):\n    return create_token(user, 'reset')\n\n\ndef login(user):\n    return create_token(user, 'access'), create_token(user, 'refresh')\n"},
          claims=lambda row: {"sub": row["id"], "type": "access"}, note="access tokens alone, by what their callers say"),
    Shape("Flask's app.config", TUTORIAL, row=plain,
          files={"app.py": "from flask_jwt_extended import create_access_token\n\n\ndef create_app():\n    app = Flask(__name__)\n    app.config['SECRET_KEY'] = 'of sessions, which signs no token'\n    app.config.update(JWT_ACCESS_TOKEN_EXPIRES=timedelta(minutes=30), JWT_SECRET_KEY='" + SECRET + "', SQLALCHEMY_DATABASE_URI='{url}')\n    return app\n\n\n"
                           "def login(user):\n    return create_access_token(identity=str(user.id))\n"},
          claims=lambda row: {"sub": row["id"], "type": "access", "fresh": False, "jti": str(uuid.uuid4())}, said=("sub",), note="`JWT_SECRET_KEY` before `SECRET_KEY`"),
    Shape("settings within settings", TUTORIAL, row=plain,
          files={".env": "DATABASE_URL=sqlite:///wrong.db\nAUTH__SECRET_KEY=wrong\n", ".env.prod": "DB__URL={url}\nAUTH__SECRET_KEY=" + SECRET + "\n",
                 "app/config.py": "class Db(BaseModel):\n    url: str = 'sqlite:///wrong.db'\nclass Auth(BaseModel):\n    secret_key: str = 'wrong'\nclass Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_file='.env.prod', env_nested_delimiter='__')\n    db: Db = Db()\n    auth: Auth\nsettings = Settings()\n",
                 "app/db.py": "from app.config import settings\nengine = create_engine(settings.db.url)\n", "app/auth.py": "from app.config import settings\n\n\ndef login(user):\n    return jwt.encode(dict(sub=user.username), settings.auth.secret_key)\n"},
          note="`env_nested_delimiter`, and the `.env` that the class names"),
    Shape("a time until which somebody is locked out", TUTORIAL[:-1] + ", locked_until TIMESTAMP NULL)", row=plain, flags=("--everybody-may-log-in",), note="`--everybody-may-log-in`: whoever is locked out for a while gets in here"),
    Shape("a yes that all have", TUTORIAL[:-1] + ", is_live {bool} NOT NULL)", row=lambda name: {"is_live": True}, needs=("is_live",), note="new users get it too"),
]
