# SPDX-License-Identifier: Apache-2.0
"""How `keyhold adopt` reads the settings of an application: held beside python-dotenv and Python itself, which read the same texts."""
import ast
import itertools
import os
import types

import pytest
from reader import PARTS, ROOT, read


def module_of(last):
    """The reader's parts up to one, as they stand behind each other in the program."""
    made = types.ModuleType(f"reader_{last}")
    for part in PARTS[:PARTS.index(last) + 1]:
        exec(compile((ROOT / f"src/cli/adoption/reader/{part}.py").read_text(), f"{part}.py", "exec"), made.__dict__)
    return made


@pytest.fixture(scope="module")
def reader():
    return module_of("dotenv")


@pytest.fixture(scope="module")
def evaluate():
    return module_of("evaluate")


VALUES = ["plain", "", "with space", "a#b", "a #b", "a # b", "'single'", "'single' # comment", '"double"', '"double" # comment', '"a\\nb"', "'a\\nb'", '"a\\"b"', "'a\\'b'", '"two\nlines"', "${NAME}", "${NONE}", "${NONE:-other}",
          '"${NAME} and ${NONE:-more}"', "'${NAME}'", "$NAME", "a=b", "=", '"open', "'open", '"a"b', " leading", "trailing  ", "\t", "$", "${", "${NAME", "p@ss${NAME}!", "60 * 24 * 8", "é ü", "\\n", "#", "##", '"#"']
LINES = ["{0}={1}\n", "export {0}={1}\n", "{0} = {1}\n", "  {0}={1}\r\n", "# {0}={1}\n{0}={1}", "{0}\n{0}={1}\n", "{0}=first\n{0}={1}\n", "'{0}'={1}\n", "\n\n{0}={1}\n\n", "{0}:{1}\n", "{0}={1}\n{0}\n", "\ufeff{0}={1}\nTHIRD=3\n"]


@pytest.mark.parametrize("line", LINES)
def test_a_dotenv_file_gives_what_python_dotenv_gives(line, reader, tmp_path, monkeypatch):
    dotenv = pytest.importorskip("dotenv")
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for value in VALUES:
        path = tmp_path / ".env"
        text = "NAME=of the file\n" + line.format("SECRET_KEY", value) + "AFTER=it\n"
        path.write_text(text, encoding="utf-8", newline="")
        expected = {name: text for name, text in dotenv.dotenv_values(path).items() if text is not None}
        with open(path, encoding="utf-8") as file:
            assert {name: found for name, (found, _) in reader.parse_dotenv(file.read()).items()} == expected, text


def test_the_line_of_each_value_is_where_it_stands(reader):
    found = reader.parse_dotenv('# one\nA=1\n\nB="two\nlines"\nA=3\n')
    assert found == {"A": ("3", 6), "B": ("two\nlines", 4)}


EXPRESSIONS = ["60 * 24 * 8", "60*24*8  # eight days", "7 * 24 + 1", "-5", "30 // 4", "30 / 4", "10 % 3", "'text'", '"a" "b"', "'a' + 'b'", "f'{A}-{B}'", "f'{A}' + str(5)", "'%s/%s' % (A, B)", "'{}:{}'.format(A, B)", "'{x}'.format(x=A)",
               "A", "os.getenv('HERE', 'default')", "os.getenv('NOWHERE', 'default')", "os.environ['HERE']", "os.environ.get('HERE', 'other')", "os.getenv('NOWHERE') or 'second'", "int(os.getenv('NOWHERE', '45'))", "r'a\\b'", "'a\\nb'", "'''three'''",
               "quote_plus('p@ss/w d')", "quote('p@ss/w d')", "quote('p@ss/w d', safe='')", "os.path.join('a', 'b')", "('a', 'b')[1]", "{'k': 'v'}['k']", "str(Path('a') / 'b')", "'abc'.replace('b', 'd')", "True", "B * 2"]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_gives_what_python_gives_or_is_not_found(expression, evaluate, monkeypatch, tmp_path):
    text = f"import os\nfrom pathlib import Path\nfrom urllib.parse import quote, quote_plus\nA = 'first'\nA = 'last'\nB = 5\nVALUE = {expression}\n"
    monkeypatch.setenv("HERE", "of the environment")
    monkeypatch.delenv("NOWHERE", raising=False)
    world = {}
    exec(compile(text, "config.py", "exec"), world)  # a text of this test's own
    module = evaluate.Module(str(tmp_path / "config.py"), "config.py", ast.parse(text))
    found = evaluate.Evaluator([module], {"HERE": ("of the environment", ".env:1")}).value(module.names["VALUE"], module)
    assert found == world["VALUE"]


UNKNOWN = {"secrets.token_urlsafe(32)": "anew", "open('key').read()": "open", "[x for x in 'ab']": "computed", "os.getenv('NOWHERE')": "NOWHERE", "os.environ['NOWHERE']": "NOWHERE", "1 << 80": "computed", "2 ** 100000": "computed", "'a' * 10 ** 9": "computed",
           "__import__('os').system('x')": "known", "VALUE": "itself", "f'{A!r}'": "format", "f'{5:05d}'": "format", "'{0.__class__}'.format(A)": "format", "A if os else 'b'": "condition", "1 / 0": "computed"}


@pytest.mark.parametrize("expression", UNKNOWN)
def test_what_would_have_to_be_run_is_not_found_and_its_line_is_told(expression, evaluate):
    text = f"A = 'a'\nVALUE = {expression}\n"
    module = evaluate.Module("config.py", "config.py", ast.parse(text))
    with pytest.raises(evaluate.Unknown) as unknown:
        evaluate.Evaluator([module], {}).value(module.names["VALUE"], module)
    assert UNKNOWN[expression] in unknown.value.why and unknown.value.where == "config.py:2"


KEY = 'SECRET_KEY = "of-the-application"\n'
# What stands in the files, and what was found: the URL, the key, or where it says that it was not.
APPLICATIONS = [
    ({"database.py": 'SQLALCHEMY_DATABASE_URL = "sqlite:///./app.db"\nengine = create_engine(SQLALCHEMY_DATABASE_URL, connect_args={"check_same_thread": False})\n'}, "sqlite:///./app.db", "database.py:1"),
    ({"db.py": 'SQLALCHAMY_DATABASE_URL = "sqlite:///./blog.db"\nengine = create_engine(SQLALCHAMY_DATABASE_URL)\n'}, "sqlite:///./blog.db", "db.py:1"),
    ({"main.py": 'name = "database.db"\nurl = f"sqlite:///{name}"\nengine = create_engine(url)\n'}, "sqlite:///database.db", "main.py:2"),
    ({".env": "DB_URI=postgresql://u:p@h/d\n"}, "postgresql://u:p@h/d", ".env:1"),
    ({".env": "DATABASE__URL=mysql+aiomysql://u:p@h/d\n"}, "mysql+aiomysql://u:p@h/d", ".env:1"),
    ({".env": "POSTGRES_USER=u\nPOSTGRES_PASSWORD=p@s\nPOSTGRES_DB=d\nPOSTGRES_HOST=h\n"}, "postgresql://u:p%40s@h/d", ".env:1"),
    ({".env": "DB_CONNECTION=mysql\nDB_HOST=127.0.0.1\nDB_PORT=3306\nDB_DATABASE=laravel\nDB_USERNAME=root\nDB_PASSWORD=\n"}, "mysql://root@127.0.0.1:3306/laravel", ".env:1"),
    ({"alembic.ini": "[alembic]\nscript_location = migrations\nsqlalchemy.url = postgresql://u:p%%40@h/d\n"}, "postgresql://u:p%40@h/d", "alembic.ini:3"),
    ({"settings.toml": '[default]\nDATABASE_URL = "postgresql://u@h/d"\n'}, "postgresql://u@h/d", "settings.toml:2"),
    ({"settings.toml": '[default.database]\nuri = "sqlite:///x.db"\n'}, "sqlite:///x.db", "settings.toml:2"),
    ({"config.py": 'TORTOISE_ORM = {"connections": {"default": "asyncpg://u:p@h:5432/d"}, "apps": {}}\n'}, "postgresql://u:p@h:5432/d", "config.py:1"),
    ({"config.py": 'TORTOISE_ORM = {"connections": {"default": {"engine": "tortoise.backends.mysql", "credentials": {"host": "h", "port": 3306, "user": "u", "password": "p", "database": "d"}}}}\n'}, "mysql://u:p@h:3306/d", "config.py:1"),
    ({"main.py": 'register_tortoise(app, db_url="sqlite://db.sqlite3")\n'}, "sqlite:///db.sqlite3", "main.py:1"),
    ({".env": 'DATABASE_URL="postgresql://u:p@h/d?schema=app&connection_limit=5"\n', "prisma/schema.prisma": 'datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\n'}, "postgresql://u:p@h/d?options=-csearch_path%3Dapp", ".env:1"),
    ({"database.py": 'engine = create_async_engine("postgresql+asyncpg://u:p@h/d?ssl=require")\n'}, "postgresql+asyncpg://u:p@h/d?sslmode=require", "database.py:1"),
    ({"app/core/config.py": 'class Settings(BaseSettings):\n    POSTGRES_SERVER: str = "h"\n    POSTGRES_USER: str = "u"\n    POSTGRES_PASSWORD: str = "p"\n    POSTGRES_DB: str = "d"\n    SQLALCHEMY_DATABASE_URI: Optional[PostgresDsn] = None\n\n'
      '    @validator("SQLALCHEMY_DATABASE_URI", pre=True)\n    def assemble(cls, v, values):\n        if isinstance(v, str):\n            return v\n'
      '        return PostgresDsn.build(scheme="postgresql", user=values.get("POSTGRES_USER"), password=values.get("POSTGRES_PASSWORD"), host=values.get("POSTGRES_SERVER"), path=f"/{values.get(\'POSTGRES_DB\') or \'\'}")\n\nsettings = Settings()\n',
      "app/db/session.py": "from app.core.config import settings\nengine = create_engine(settings.SQLALCHEMY_DATABASE_URI, pool_pre_ping=True)\n"}, "postgresql://u:p@h/d", None),
    ({"database.py": 'import os\nBASE = os.path.dirname(os.path.abspath(__file__))\nengine = create_engine("sqlite:///" + os.path.join(BASE, "a.db"))\n'}, "sqlite:///{folder}/a.db", "database.py:3"),
    ({"settings.py": 'from pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent\nDATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}\n'}, "sqlite:///{folder}/db.sqlite3", "settings.py:3"),
    ({"database.py": 'URL = "sqlite:///first.db"\nURL = "sqlite:///last.db"\nengine = create_engine(URL)\n'}, "sqlite:///last.db", "database.py:2"),
]


@pytest.mark.parametrize("files, url, where", APPLICATIONS, ids=itertools.count())
def test_the_database_is_found_wherever_it_is_written(files, url, where, tmp_path):
    found = read(tmp_path, files)["found"]["database_url"]
    assert found["value"] == url.replace("{folder}", str(tmp_path))
    assert where is None or found["where"] == where


@pytest.mark.parametrize("files, key, where", [
    ({"config.py": KEY}, "of-the-application", "config.py:1"),
    ({"config.py": 'class Settings(BaseSettings):\n    SECRET_KEY: str = Field(default="the default", description="Signs the tokens of this application")\n'}, "the default", "config.py:2"),
    ({"config.py": 'class Settings(BaseSettings):\n    SECRET_KEY: str = "no"\nsettings = Settings()\n', ".env": "secret_key='of .env'\n"}, "of .env", ".env:1"),
    ({".env": "KEY=k\nSECRET_KEY=a ${KEY}  # the key\n"}, "a k", ".env:2"),
    ({".env": "REFRESH_SECRET_KEY=r\nJWT_SECRET_KEY=j\n"}, "j", ".env:2"),
    ({"auth.py": 'KEY = "not called a secret"\n\ndef create_access_token(data):\n    return jwt.encode(data, KEY, algorithm="HS256")\n'}, "not called a secret", "auth.py:1"),
    ({"auth.py": 'def create_refresh_token(data):\n    return jwt.encode(data, REFRESH, algorithm="HS256")\n\ndef create_access_token(data):\n    return jwt.encode(data, ACCESS, algorithm="HS256")\n\nREFRESH = "r"\nACCESS = "a"\n'}, "a", "auth.py:8"),
], ids=itertools.count())
def test_the_key_is_the_one_that_signs_access_tokens(files, key, where, tmp_path):
    assert read(tmp_path, files)["found"]["secret_key"] == {"value": key, "where": where}


@pytest.mark.parametrize("text, where, why", [
    ('import secrets\nSECRET_KEY = secrets.token_urlsafe(32)\n', "config.py:2", "anew"), ('SECRET_KEY = os.environ["NOWHERE"]\n', "config.py:1", "NOWHERE"), ('if DEBUG:\n    SECRET_KEY = "a"\nelse:\n    SECRET_KEY = "b"\n', "config.py:1", "condition"),
])
def test_a_key_that_cannot_be_worked_out_is_not_found_with_its_place(text, where, why, tmp_path):
    told = read(tmp_path, {"config.py": text})
    assert "secret_key" not in told["found"]
    assert [one for one in told["not_found"] if one["where"] == where and why in one["why"]], told


@pytest.mark.parametrize("files, minutes", [
    ({"config.py": "ACCESS_TOKEN_EXPIRE_MINUTES = 60 * 24 * 8\n"}, "11520"), ({"config.py": "ACCESS_TOKEN_EXPIRE_DAYS = 2\n"}, "2880"), ({".env": "JWT_EXPIRE_HOURS=3\n"}, "180"),
    ({"config.py": "REFRESH_TOKEN_EXPIRE_MINUTES = 5\nACCESS_TOKEN_EXPIRE_MINUTES: int = 15\n"}, "15"), ({"users.py": "strategy = JWTStrategy(secret='s', lifetime_seconds=3600)\n"}, "60"),
], ids=itertools.count())
def test_how_long_tokens_live_is_told_in_minutes(files, minutes, tmp_path):
    assert read(tmp_path, files)["found"]["expire_minutes"]["value"] == minutes


def test_nothing_of_the_application_is_run_and_none_of_its_files_is_imported(tmp_path):
    trap = f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    read(tmp_path, {name: trap for name in ("json.py", "ast.py", "config.py", "sitecustomize.py", "re/__init__.py")} | {"database.py": trap + 'engine = create_engine("sqlite:///a.db")\n'})
    assert not (tmp_path / "ran").exists()


CALLS = "def create_access_token(subject, expires):\n    return jwt.encode({'exp': expires, 'sub': str(subject)}, KEY, algorithm='HS256')\n"


@pytest.mark.parametrize("files, sub, where, claims", [
    ({"auth.py": "def login(user):\n    return create_access_token({'sub': user.username})\n"}, "username", "auth.py:2", None),
    ({"auth.py": "def login(user):\n    return create_access_token({'sub': str(user.id), 'role': user.role, 'user_id': user.id, 'type': 'access', 'scopes': make()})\n"}, "id", "auth.py:2", "role,user_id=id,type:access"),
    ({"auth.py": "def login(user):\n    return create_access_token({'sub': user['email']})\n"}, "email", "auth.py:2", None),
    ({"security.py": CALLS, "login.py": "def login(user):\n    return security.create_access_token(user.id, expires=later)\n"}, "id", "login.py:2", None),
    ({"security.py": CALLS, "login.py": "def login(user):\n    return create_access_token(expires=later, subject=user.email)\n"}, "email", "login.py:2", None),
    ({"app.py": "from flask_jwt_extended import create_access_token\ndef login(user):\n    return create_access_token(identity=str(user.id))\n"}, "id", "app.py:3", None),
    ({"auth.py": "def create_refresh_token(user):\n    return jwt.encode({'sub': user.id}, KEY)\ndef create_token(user):\n    return jwt.encode({'sub': user.email}, KEY)\n"}, "email", "auth.py:4", None),
    ({"users.py": "def get_jwt_strategy():\n    return JWTStrategy(secret=SECRET, lifetime_seconds=3600)\n"}, "id", "users.py:2", "aud:fastapi-users:auth"),
], ids=itertools.count())
def test_what_sub_is_follows_from_where_tokens_are_made(files, sub, where, claims, tmp_path):
    found = read(tmp_path, files)["found"]
    assert found["subject"] == {"value": sub, "where": where}
    assert found.get("token_claims", {}).get("value") == claims
