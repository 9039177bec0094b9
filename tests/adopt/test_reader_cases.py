# SPDX-License-Identifier: Apache-2.0
"""Settings that were once read wrong in silence: each kind is what Python, python-dotenv and pydantic make of it, or is not found, or is a guess that `--apply` asks about."""
import ast
import itertools

import pytest
from reader import read
from test_settings_reader import module_of

# Each is run by Python itself, with ENV of the environment; None: it cannot be told without running it.
MODULES = [
    'X = "abc"\nX += "def"\n', 'X = "abc"\nX = X + "def"\n', 'A = "a"\nX = A\nA = "b"\n', 'A = "a"\nX = A + "1"\nA += "c"\n', 'X, Y = "x", "y"\n', 'X = Y = "both"\n',
    'X = "postgres://h/d"\nif X and X.startswith("postgres://"):\n    X = X.replace("postgres://", "postgresql://", 1)\n', 'A = 1\nif A == 2:\n    X = "two"\nelif A == 1:\n    X = "one"\nelse:\n    X = "none"\n',
    'X = "a"\nif not X:\n    X = "b"\n', 'A = "a"\nX = A\nif A == "a":\n    A = "z"\n', 'A = None\nX = "none" if A is None else "some"\n', 'D = {"a": "1"}\nD["a"] = "2"\nX = D["a"]\n',
    'def f(mode):\n    if mode == "prod":\n        return "of prod"\n    return "of dev"\nX = f("prod")\n', 'def f(mode="dev"):\n    if mode == "prod":\n        return "of prod"\n    else:\n        name = "of "\n        name += mode\n    return name\nX = f()\n',
    'def f(v):\n    if isinstance(v, str):\n        return v\n    return "built"\nX = f("given")\n', 'def f(v):\n    if len(v) < 3:\n        raise ValueError(v)\n    return v.strip()\nX = f(" long ")\n', 'import os\nX = os.getenv("ENV", str(object()))\n',
    'try:\n    X = "of try"\nexcept ValueError:\n    X = "of except"\n', 'import base64\nX = base64.b64decode("YWJj").decode() if False else "no"\n', 'X = "a,b".split(",")[1]\n', 'X = {**{"a": "1"}, "a": "2"}["a"]\n', 'X = "" or "second"\n', 'X = "first" and "second"\n',
    'class C:\n    def __init__(self):\n        self.a = "of init"\nX = C().a\n', 'class A:\n    a = "of A"\nclass B(A):\n    a = "of B"\nX = B().a\n', 'class A:\n    def url(self):\n        return self.a + "!"\n    a = "of A"\nX = A().url()\n',
]


@pytest.mark.parametrize("text", MODULES, ids=itertools.count())
def test_a_name_is_what_python_has_at_the_end_of_the_module(text, monkeypatch, tmp_path):
    evaluate = module_of("evaluate")
    monkeypatch.setenv("ENV", "of the environment")
    world = {}
    exec(compile(text, "config.py", "exec"), world)  # a text of this test's own
    module = evaluate.Module(str(tmp_path / "config.py"), "config.py", ast.parse(text))
    assert evaluate.Evaluator([module], {"ENV": ("of the environment", ".env:1")}).value(module.names["X"], module) == world["X"]


@pytest.mark.parametrize("text", ["for X in ('a', 'b'):\n    pass\n", "with open('x') as file:\n    X = file.read()\n", "X = 'a'\ndef change():\n    global X\n    X = 'b'\n", "import os\nif os.getenv('NOWHERE') == 'prod':\n    X = 'a'\nelse:\n    X = 'b'\n", "X = 'a'\nwhile go():\n    X = 'b'\n",
                                  "def f():\n    for one in ('a', 'b'):\n        return one\nX = f()\n", "import os\ndef f():\n    if os.getenv('NOWHERE'):\n        return 'a'\n    return 'b'\nX = f()\n", "def f():\n    v = 'a'\n    for _ in range(3):\n        v = 'b'\n    return v\nX = f()\n", "try:\n    import x\nexcept ImportError:\n    X = 'a'\n",
                                  "X = ...\n", "if A:\n    from one import X\nelse:\n    from two import X\nY = X\n"], ids=itertools.count())
def test_what_depends_on_the_run_is_unknown(text):
    evaluate = module_of("evaluate")
    module = evaluate.Module("config.py", "config.py", ast.parse(text))
    with pytest.raises(evaluate.Unknown) as unknown:
        evaluate.Evaluator([module], {}).value(module.names["X"], module)
    assert unknown.value.where.startswith("config.py:")


URL, KEY = "database_url", "secret_key"
SETTINGS = "from {0} import BaseSettings\nclass Settings(BaseSettings):\n"
USED = {"app/db.py": "from app.config import settings\nengine = create_engine(settings.database_url)\n"}
SIGNED = {"app/sec.py": "from app.config import settings\ndef create_access_token(data):\n    return jwt.encode(data, settings.secret_key, algorithm='HS256')\n"}


def pydantic(body, made="Settings()", library="pydantic_settings"):
    return {"app/config.py": SETTINGS.format(library) + "".join(f"    {line}\n" for line in body.splitlines()) + f"settings = {made}\n"}


def environs(body, life="timedelta(minutes=EXPIRE)"):
    return {".env": "SECRET_KEY=wrong\nJWT_SECRET_KEY=right\nEXPIRE=1\nJWT_EXPIRE=45\nJWT_SECONDS=1200\n", "config.py": "from environs import Env\nenv = Env()\nenv.read_env()\n" + body,
            "auth.py": f"from config import KEY, EXPIRE, LIFE\ndef login(user):\n    return jwt.encode({{'sub': user.username, 'exp': datetime.utcnow() + {life}}}, KEY, algorithm='HS256')\n"}


NESTED = {"app/config.py": 'class Db(BaseModel):\n    url: str = "sqlite:///dev.db"\n    name: str = "of the class"\nclass Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_file=".env", env_nested_delimiter="__")\n    db: Db = Db(url="sqlite:///default.db")\nsettings = Settings()\n',
          "app/db.py": "from app.config import settings\nengine = create_engine(settings.db.url)\n"}

# What stands in the files, and what is found of it; None: not found. https://docs.pydantic.dev/latest/concepts/pydantic_settings/
CASES = {
    "env_file names another": (pydantic('model_config = SettingsConfigDict(env_file=".env.prod")\ndatabase_url: str') | USED | {".env": "DATABASE_URL=sqlite:///wrong.db\n", ".env.prod": "DATABASE_URL=sqlite:///right.db\n"}, {URL: "sqlite:///right.db"}),
    "of several the last": (pydantic('class Config:\n    env_file = ".env", ".env.prod"\ndatabase_url: str') | USED | {".env": "DATABASE_URL=sqlite:///wrong.db\n", ".env.prod": "DATABASE_URL=sqlite:///right.db\n"}, {URL: "sqlite:///right.db"}),
    "named where it is made": (pydantic("database_url: str", "Settings(_env_file='prod.env')") | USED | {".env": "DATABASE_URL=sqlite:///wrong.db\n", "prod.env": "DATABASE_URL=sqlite:///right.db\n"}, {URL: "sqlite:///right.db"}),
    "a file that is not there": (pydantic('model_config = SettingsConfigDict(env_file=".env.prod")\nsecret_key: str') | SIGNED | {".env": "SECRET_KEY=wrong\n"}, {KEY: None}),
    "a file that is computed": (pydantic('model_config = SettingsConfigDict(env_file=find())\nsecret_key: str') | SIGNED | {".env": "SECRET_KEY=wrong\n"}, {KEY: None}),
    "above the folder of the code": (pydantic('model_config = SettingsConfigDict(env_file="../.env")\ndatabase_url: str') | USED | {".env": "DATABASE_URL=sqlite:///right.db\n"}, {URL: "sqlite:///right.db"}),
    "secrets_dir": (pydantic('model_config = SettingsConfigDict(secrets_dir="secrets")\nsecret_key: str = "wrong"') | SIGNED | {"secrets/SECRET_KEY": "right\n"}, {KEY: "right"}),
    "secrets_dir, behind .env": (pydantic('model_config = SettingsConfigDict(env_file=".env", secrets_dir="secrets")\nsecret_key: str = "wrong"') | SIGNED | {"secrets/secret_key": "wrong\n", ".env": "SECRET_KEY=right\n"}, {KEY: "right"}),
    "secrets_dir, with a prefix": (pydantic('model_config = SettingsConfigDict(env_prefix="my_", secrets_dir="secrets")\nsecret_key: str = "right"') | SIGNED | {"secrets/secret_key": "wrong\n"}, {KEY: "right"}),
    "of several secrets_dir the last": (pydantic('model_config = SettingsConfigDict(secrets_dir=("one", "two"))\nsecret_key: str') | SIGNED | {"one/secret_key": "wrong\n", "two/secret_key": "right"}, {KEY: "right"}),
    "a secrets_dir that is not here": (pydantic('model_config = SettingsConfigDict(secrets_dir="/run/secrets-of-nobody")\nsecret_key: str = "wrong"') | SIGNED, {KEY: None}),
    "settings_customise_sources": (pydantic('model_config = SettingsConfigDict(yaml_file="config.yaml")\nsecret_key: str = "wrong"\n@classmethod\ndef settings_customise_sources(cls, settings_cls, init_settings, env_settings, dotenv_settings, file_secret_settings):\n    return (init_settings, YamlConfigSettingsSource(settings_cls))') | SIGNED | {"config.yaml": "secret_key: right\n"}, {KEY: None}),
    "settings_customise_sources in the usual order": (pydantic('secret_key: str = "right"\n@classmethod\ndef settings_customise_sources(cls, settings_cls, init_settings, env_settings, dotenv_settings, file_secret_settings):\n    return init_settings, env_settings, dotenv_settings, file_secret_settings') | SIGNED, {KEY: "right"}),
    "load_dotenv of another": ({"app/config.py": 'load_dotenv("config/dev.env")\nSECRET_KEY = os.environ["SECRET_KEY"]\n', ".env": "SECRET_KEY=wrong\n", "config/dev.env": "SECRET_KEY=right\n"}, {KEY: "right"}),
    "load_dotenv by its own place": ({"app/config.py": 'BASE = Path(__file__).resolve().parent\nload_dotenv(dotenv_path=BASE / "dev.env")\nSECRET_KEY = os.environ["SECRET_KEY"]\n', ".env": "SECRET_KEY=wrong\n", "app/dev.env": "SECRET_KEY=right\n"}, {KEY: "right"}),
    "load_dotenv of what is computed": ({"app/config.py": 'load_dotenv(find())\nSECRET_KEY = os.environ["SECRET_KEY"]\n', ".env": "SECRET_KEY=wrong\n"}, {KEY: None}),
    "Starlette's Config": ({"app/config.py": 'config = Config(".env.prod")\nSECRET_KEY = config("SECRET_KEY", cast=Secret)\n', ".env": "SECRET_KEY=wrong\n", ".env.prod": "SECRET_KEY=right\n"}, {KEY: "right"}),
    "nested": (NESTED | {".env": "DB__URL=sqlite:///right.db\n"}, {URL: "sqlite:///right.db"}),
    "nested, by its default": (NESTED, {URL: "sqlite:///default.db"}),
    "nested, another of its fields": (NESTED | {".env": "DB__NAME=x\n"}, {URL: "sqlite:///dev.db"}),
    "nested, as JSON": (NESTED | {".env": 'DB={"url": "sqlite:///right.db"}\n'}, {URL: "sqlite:///right.db"}),
    "AliasChoices": (pydantic("database_url: str = Field('sqlite:///wrong.db', validation_alias=AliasChoices('DATABASE_URI', 'DB_DSN'))") | USED | {".env": "DB_DSN=sqlite:///right.db\n"}, {URL: "sqlite:///right.db"}),
    "an alias instead of the name": (pydantic("database_url: str = Field('sqlite:///right.db', validation_alias='MY_DB')") | USED | {".env": "DATABASE_URL=sqlite:///wrong.db\n"}, {URL: "sqlite:///right.db"}),
    "an alias within Annotated": (pydantic("database_url: Annotated[str, Field(alias='MY_DB')] = 'sqlite:///wrong.db'") | USED | {".env": "MY_DB=sqlite:///right.db\n"}, {URL: "sqlite:///right.db"}),
    "the first pydantic's env": (pydantic("database_url: str = Field('sqlite:///wrong.db', env='MY_DB', alias='OTHER')", library="pydantic") | USED | {".env": "MY_DB=sqlite:///right.db\nOTHER=sqlite:///wrong.db\n"}, {URL: "sqlite:///right.db"}),
    "the first pydantic's alias": (pydantic("database_url: str = Field('sqlite:///right.db', alias='OTHER')", library="pydantic") | USED | {".env": "OTHER=sqlite:///wrong.db\n"}, {URL: "sqlite:///right.db"}),
    "a prefix of the last class": ({"app/config.py": SETTINGS.format("pydantic_settings").replace("Settings(", "Base(") + "    model_config = SettingsConfigDict(env_prefix='A_')\n    database_url: str = 'sqlite:///wrong.db'\nclass Settings(Base):\n    model_config = SettingsConfigDict(env_prefix='B_')\nsettings = Settings()\n"} | USED
                                   | {".env": "A_DATABASE_URL=sqlite:///wrong.db\nB_DATABASE_URL=sqlite:///right.db\n"}, {URL: "sqlite:///right.db"}),
    "case_sensitive": (pydantic("model_config = SettingsConfigDict(case_sensitive=True)\ndatabase_url: str = 'sqlite:///right.db'") | USED | {".env": "DATABASE_URL=sqlite:///wrong.db\n"}, {URL: "sqlite:///right.db"}),
    "arguments": (pydantic("database_url: str = 'sqlite:///wrong.db'", "Settings(database_url='sqlite:///right.db')") | USED | {".env": "DATABASE_URL=sqlite:///wrong.db\n"}, {URL: "sqlite:///right.db"}),
    "Field(...)": (pydantic("user: str = Field(...)\nname: str = ...\n@property\ndef database_url(self):\n    return f'postgresql://{self.user}:{self.name}@db/app'") | USED, {URL: None}),
    "default_factory": (pydantic("secret_key: str = Field(default_factory=lambda: secrets.token_urlsafe(32))") | SIGNED, {KEY: None}),
    "a factory of a text": (pydantic("secret_key: str = Field(default_factory=lambda: 'right')") | SIGNED, {KEY: "right"}),
    "a validator": (pydantic("database_url: str\n@field_validator('database_url')\n@classmethod\ndef fix(cls, v):\n    return v.replace('postgres://', 'postgresql://')") | USED | {".env": "DATABASE_URL=postgres://h/d\n"}, {URL: "postgresql://h/d"}),
    "a validator that has to be run": (pydantic("secret_key: str\n@field_validator('secret_key')\n@classmethod\ndef fix(cls, v):\n    return unlock(v)") | SIGNED | {".env": "SECRET_KEY=wrong\n"}, {KEY: None}),
    "a condition of .env": ({"app/config.py": "def url():\n    if os.getenv('ENV') == 'prod':\n        return os.environ['DATABASE_URL']\n    return 'sqlite:///wrong.db'\n", "app/db.py": "from app.config import url\nengine = create_engine(url())\n", ".env": "ENV=prod\nDATABASE_URL=postgresql://h/d\n"}, {URL: "postgresql://h/d"}),
    "environs, behind a prefix": (environs("with env.prefixed('JWT_'):\n    KEY = env.str('SECRET_KEY', 'dev')\n    EXPIRE = env.int('EXPIRE', 15)\n"), {KEY: "right", "expire_minutes": "45"}),
    "environs, behind two": (environs("with env.prefixed('J'):\n    with env.prefixed('WT_'):\n        KEY = env('SECRET_KEY')\n    EXPIRE = env.int('WT_EXPIRE')\n"), {KEY: "right", "expire_minutes": "45"}),
    "environs, two in one line": (environs("with env.prefixed('J'), env.prefixed('WT_'):\n    KEY, EXPIRE = env('SECRET_KEY'), env.int('EXPIRE')\n"), {KEY: "right", "expire_minutes": "45"}),
    "environs, another's prefix": (environs("other = Env()\nwith other.prefixed('JWT_'):\n    KEY = env('SECRET_KEY')\n    EXPIRE = other.int('EXPIRE')\n"), {KEY: "wrong", "expire_minutes": "45"}),
    "environs, of another name": (environs("e = Env()\nwith e.prefixed('JWT_'):\n    KEY = e.str('SECRET_KEY')\n    EXPIRE = e.int('EXPIRE')\n"), {KEY: "right", "expire_minutes": "45"}),
    "environs, made with a prefix": (environs("e = Env(prefix='JWT_')\nKEY = e.str('SECRET_KEY')\nEXPIRE = e.int('EXPIRE')\n"), {KEY: "right", "expire_minutes": "45"}),
    "environs, a prefix that is computed": (environs("with env.prefixed(name()):\n    KEY = env.str('SECRET_KEY')\nEXPIRE = 45\n"), {KEY: None}),
    "environs, a length of time": (environs("KEY = 'x'\nLIFE = env.timedelta('JWT_SECONDS')\n", "LIFE"), {"expire_minutes": "20"}),
    "django-environ's prefix": (environs("env.prefix = 'JWT_'\nKEY = env('SECRET_KEY')\nEXPIRE = env.int('EXPIRE')\n"), {KEY: "right", "expire_minutes": "45"}),
    "Starlette's env_prefix": (environs("config = Config('.env', env_prefix='JWT_')\nKEY = config('SECRET_KEY')\nEXPIRE = config('EXPIRE', cast=int)\n"), {KEY: "right", "expire_minutes": "45"}),
    "+=": ({"config.py": 'SECRET_KEY = "abc"\nSECRET_KEY += "def"\n'}, {KEY: "abcdef"}),
    "a password that is not known": ({"db.py": "engine = create_engine(URL.create('postgresql', username='u', password=read(), host='h', database='d'))\n"}, {URL: None}),
    "Django's password that is not known": ({"settings.py": "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'NAME': 'd', 'USER': 'u', 'PASSWORD': read()}}\n"}, {URL: None}),
    "dynaconf's development": ({"settings.toml": '[default]\nDATABASE_URL = "sqlite:///wrong.db"\n[development]\nDATABASE_URL = "sqlite:///right.db"\n'}, {URL: "sqlite:///right.db"}),
    "dynaconf, as the environment says": ({".env": "ENV_FOR_DYNACONF=production\n", "settings.toml": '[default]\nDATABASE_URL = "sqlite:///wrong.db"\n[production]\nDATABASE_URL = "sqlite:///right.db"\n'}, {URL: "sqlite:///right.db"}),
    "from_object": ({"config.py": "class Config:\n    SECRET_KEY = 'wrong'\nclass ProductionConfig(Config):\n    SECRET_KEY = 'right'\nclass DevelopmentConfig(Config):\n    pass\n", "app.py": "app.config.from_object('config.ProductionConfig')\n"}, {KEY: "right"}),
    "one class of several": ({"config.py": "class Config:\n    SECRET_KEY = 'a'\nclass ProductionConfig(Config):\n    SECRET_KEY = 'b'\nclass DevelopmentConfig(Config):\n    pass\n", "app.py": "app.config.from_object(config[name])\n"}, {KEY: None}),
    "Flask's keys": ({"app.py": "from flask_jwt_extended import create_access_token\ndef create_app():\n    app.config['SECRET_KEY'] = 'of sessions'\n    app.config['JWT_SECRET_KEY'] = 'right'\n    app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:////srv/a.db'\n"}, {KEY: "right", URL: "sqlite:////srv/a.db"}),
    "Flask's mapping": ({"app.py": "app.config.from_mapping(SECRET_KEY='right', SQLALCHEMY_DATABASE_URI='sqlite:////srv/a.db')\n"}, {KEY: "right", URL: "sqlite:////srv/a.db"}),
    "simplejwt with a claim and a field of its own": ({"settings.py": "SECRET_KEY = 'right'\nSIMPLE_JWT = {'USER_ID_CLAIM': 'uid', 'USER_ID_FIELD': 'public_id'}\n"}, {KEY: "right", "token_claims": "token_type:access,uid=public_id", "subject": "none"}),
    "simplejwt with `sub`": ({"settings.py": "SECRET_KEY = 'right'\nSIMPLE_JWT = {'USER_ID_CLAIM': 'sub', 'USER_ID_FIELD': 'username', 'TOKEN_TYPE_CLAIM': 'kind'}\n"}, {"token_claims": "kind:access", "subject": "username"}),
    "simplejwt with a claim that is computed": ({"settings.py": "SECRET_KEY = 'right'\nSIMPLE_JWT = {'USER_ID_CLAIM': claim()}\n"}, {KEY: "right", "token_claims": None, "subject": None}),
    "Django's simplejwt": ({"settings.py": "SECRET_KEY = 'of sessions'\nSIMPLE_JWT = {'SIGNING_KEY': 'right', 'ACCESS_TOKEN_LIFETIME': timedelta(hours=1)}\n"}, {KEY: "right", "expire_minutes": "60", "token_claims": "token_type:access,user_id=id"}),
    "a key that is computed": ({"auth.py": "KEY = hashlib.sha256(os.environ['SECRET_KEY'].encode()).hexdigest()\ndef login(u):\n    return jwt.encode({'sub': u.id}, KEY)\n", ".env": "SECRET_KEY=wrong\n"}, {KEY: None}),
    "a key that is handed over": ({"auth.py": "def create_token(data, secret):\n    return jwt.encode(data, secret)\ndef login(u):\n    return create_token({'sub': u.id}, JWT_SECRET)\nSECRET_KEY = 'wrong'\nJWT_SECRET = 'right'\n"}, {KEY: "right", "subject": "id"}),
    "dotenv_values": ({"config.py": "config = {**dotenv_values('.env.shared'), **dotenv_values('.env'), **os.environ}\nSECRET_KEY = config['SECRET_KEY']\n", ".env.shared": "SECRET_KEY=wrong\n", ".env": "SECRET_KEY=right\n"}, {KEY: "right"}),
    "a key that an object was made with": ({"auth.py": "class Tokens:\n    def __init__(self, key, algorithm='HS512'):\n        self.key = key\n        self.algorithm = algorithm\n    def create_access_token(self, user):\n        return jwt.encode({'sub': str(user.id)}, self.key, algorithm=self.algorithm)\ntokens = Tokens('right')\nSECRET_KEY = 'wrong'\n"}, {KEY: "right", "algorithm": "HS512"}),
    "a key that several objects were made with": ({"auth.py": "class Tokens:\n    def __init__(self, key):\n        self.key = key\n    def create_access_token(self, user):\n        return jwt.encode({'sub': str(user.id)}, self.key)\none = Tokens('a')\ntwo = Tokens('b')\nSECRET_KEY = 'wrong'\n"}, {KEY: None}),
    "a key in Flask's configuration": ({"app.py": "app.config['SECRET_KEY'] = 'right'\ndef login():\n    return jwt.encode({'public_id': user.public_id}, app.config['SECRET_KEY'])\n"}, {KEY: "right"}),
    "a mark of an enumeration": ({"auth.py": "class Kind(str, Enum):\n    A = 'access'\n    R = 'refresh'\ndef make(sub, kind: Kind, life):\n    return jwt.encode({'sub': sub, 'type': kind.value, 'exp': now() + life}, 'k')\ndef refresh(u):\n    return make(u.email, Kind.R, timedelta(days=14))\ndef login(u):\n    return make(str(u.id), Kind.A, timedelta(minutes=20))\n"},
                              {"claims": "type=access", "token_claims": "type:access", "subject": "id", "expire_minutes": "20"}),
    "a key of bytes": ({"auth.py": "KEY = b'right'\ndef login(u):\n    return jwt.encode({'sub': u.id}, KEY)\n"}, {KEY: "right"}),
    "a link by mail": ({"app/mail.py": "def generate_link(user):\n    return jwt.encode({'sub': user.email}, MAIL_SECRET)\nMAIL_SECRET = 'wrong'\n", "app/sec.py": "def create_access_token(user):\n    return jwt.encode({'sub': str(user.id)}, K)\nK = 'right'\n"}, {KEY: "right", "subject": "id"}),
    "what Google says": ({"a.py": "def userinfo(info):\n    return {'sub': info['email']}\n", "b.py": "def login(u):\n    return jwt.encode({'sub': u.id}, 'k')\n"}, {"subject": "id"}),
    "a caller that makes links": ({"a.py": "def create_token(subject):\n    return jwt.encode({'sub': str(subject)}, 'k')\ndef activate(user):\n    return create_token(user.email)\ndef login(user):\n    return create_token(user.id)\n"}, {"subject": "id"}),
    "a pair of keys": ({"auth.py": "def login(u):\n    return jwt.encode({'sub': u.username}, open('p.pem').read(), algorithm='RS256')\n", ".env": "SECRET_KEY=wrong\n"}, {KEY: None, "algorithm": None, "subject": None}),
    "a pair of keys, by .env alone": ({".env": "SECRET_KEY=wrong\nALGORITHM=RS256\n"}, {KEY: None, "algorithm": None}),
    "a test beside the code": ({"app/database.py": "engine = create_engine('postgresql://h/d')\n", "test_main.py": "engine = create_engine('sqlite:///test.db')\n", "app/conftest.py": "engine = create_engine('sqlite:///test.db')\n"}, {URL: "postgresql://h/d"}),
    "in memory": ({"a.py": "engine = create_engine('sqlite://')\n", "b.py": "engine = create_engine('sqlite:///:memory:')\n", "c.py": "engine = create_engine('sqlite:///right.db')\n"}, {URL: "sqlite:///right.db"}),
    "a handed-over URL": ({"db.py": "def make(url='sqlite:///wrong.db'):\n    return create_engine(url)\nengine = make('sqlite:///right.db')\n"}, {URL: "sqlite:///right.db"}),
    "psycopg2": ({"a.py": "import psycopg2\nconn = psycopg2.connect(host='h', database='d', user='u', password='p w')\n"}, {URL: "postgresql://u:p%20w@h/d"}),
    "sqlite3": ({"a.py": "import sqlite3\nconn = sqlite3.connect('users.db')\n"}, {URL: "sqlite:///users.db"}),
    "mysql.connector": ({"a.py": "import mysql.connector\ndb = mysql.connector.connect(host='h', user='u', password='p', database='d')\n"}, {URL: "mysql://u:p@h/d"}),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_found_is_what_the_application_has_or_nothing(name, tmp_path):
    files, expected = CASES[name]
    told = read(tmp_path, files)
    assert {what: told["found"].get(what, {}).get("value") for what in expected} == expected, told
    for what, value in expected.items():
        if value is None and what in (URL, KEY):
            assert [one for one in told["not_found"] if one["why"].startswith(what) and ":" in one["where"]], told


# What could be otherwise, and `--apply` asks about: what was taken, and what stands against it.
GUESSES = {
    "two engines": ({"a_import/old.py": "engine = create_engine('sqlite:///old.db')\n", "app/db.py": "engine = create_engine('sqlite:///new.db')\nSessionLocal = sessionmaker(engine)\n"}, URL, "sqlite:///new.db", "a_import/old.py:1"),
    "an engine that is not understood": ({"db.py": "engine = create_engine(read())\n", ".env": "DATABASE_URL=sqlite:///a.db\n"}, URL, "sqlite:///a.db", "db.py:1"),
    "two .env": ({".env": "SECRET_KEY=above\n", "backend/.env": "SECRET_KEY=beside\n", "backend/config.py": "load_dotenv()\nSECRET_KEY = os.environ['SECRET_KEY']\n"}, KEY, "beside", ".env:1"),
    "dynaconf's production": ({"settings.toml": '[development]\nSECRET_KEY = "dev"\n[production]\nSECRET_KEY = "prod"\n'}, KEY, "dev", "production"),
    "two keys": ({"config.py": "APP_SECRET = 'a'\nJWT_SECRET = 'j'\n"}, KEY, "j", "config.py:1"),
    "two keys that sign": ({"a.py": "def login(u):\n    return jwt.encode({'sub': u.id}, 'one')\ndef sign_in(u):\n    return jwt.encode({'sub': u.id}, 'two')\n"}, KEY, "one", "a.py:4"),
    "two subjects": ({"a.py": "def login(u):\n    return jwt.encode({'sub': u.id}, 'k')\ndef sign_in(u):\n    return jwt.encode({'sub': u.email}, 'k')\n"}, "subject", "id", "a.py:4"),
    "a subject that is not understood": ({"a.py": "def login(u):\n    return jwt.encode({'sub': name_of(u)}, 'k')\n"}, "subject", None, "name_of(u)"),
    "names in small letters": ({"a.py": "def login(form):\n    return find(form.username.strip().lower())\n"}, "small_letters", None, "a.py:2"),
    "a key that comes from elsewhere": ({"a.py": "from elsewhere import settings\ndef login(u):\n    return jwt.encode({'sub': u.username}, settings.SECRET_KEY)\n", ".env": "SECRET_KEY=k\n"}, KEY, "k", "a.py:3"),
    "a pepper": ({"a.py": "def make(p):\n    return pwd_context.hash(p + PEPPER)\n"}, "hashing", None, "p + PEPPER"),
    "a digest before": ({"a.py": "import bcrypt, hashlib\ndef make(p):\n    digest = hashlib.sha256(p.encode()).digest()\n    return bcrypt.hashpw(digest, bcrypt.gensalt())\n"}, "hashing", None, "hashlib.sha256"),
}


@pytest.mark.parametrize("name", GUESSES)
def test_what_could_be_otherwise_is_a_guess_that_says_what(name, tmp_path):
    files, what, value, against = GUESSES[name]
    told = read(tmp_path, files)
    assert told["found"].get(what, {}).get("value") == value
    assert [guess for guess in told["guesses"] if guess["what"] == what and against in guess["says"]], told


@pytest.mark.parametrize("given", ["p", "p.encode()", "p[:72]", "p.encode('utf-8')[:72]", "form.password", "data['password']", "user_in.password.get_secret_value()", "plain_password_bytes"])
def test_a_password_that_is_hashed_as_it_is_is_no_guess(given, tmp_path):
    assert read(tmp_path, {"a.py": f"def make(p):\n    plain_password_bytes = p.encode()\n    return pwd_context.hash({given})\n"})["guesses"] == []


# Every kind of token is signed by one function or another, with one key; only access tokens may be taken, and Keyhold's are like them.
TOKENS = {
    "a kind that is handed over": "def make(user, kind):\n    return jwt.encode({'sub': user.username, 'type': kind}, 'k')\ndef forgot(u):\n    return make(u, 'reset')\ndef login(u):\n    return make(u, 'access')\ndef check(u):\n    return make(u, 'verify')\n",
    "the refresh token first": "def make(user):\n    r = jwt.encode({'sub': user.username, 'type': 'refresh'}, 'k')\n    a = jwt.encode({'sub': user.username, 'type': 'access'}, 'k')\n    return a, r\n",
    "by update()": "def make(data):\n    data = data.copy()\n    data.update({'type': 'access'})\n    return jwt.encode(data, 'k')\ndef login(u):\n    return make({'sub': u.username})\n",
    "by item": "def login(u):\n    data = {'sub': u.username}\n    data['type'] = 'access'\n    return jwt.encode(data, 'k')\n",
    "by spreading": "def make(data, kind='access'):\n    return jwt.encode({**data, 'type': kind}, 'k')\ndef login(u):\n    return make({'sub': u.username}), make({'sub': u.username}, kind='refresh')\n",
    "in a class": "class Tokens:\n    def make(self, user, kind):\n        return jwt.encode({'sub': user.username, 'type': kind}, 'k')\n    def pair(self, user):\n        return {'refresh_token': self.make(user, 'refresh'), 'access_token': self.make(user, 'access')}\n",
}


@pytest.mark.parametrize("name", TOKENS)
def test_only_the_mark_of_access_tokens_is_taken_and_written(name, tmp_path):
    found = read(tmp_path, {"auth.py": TOKENS[name]})["found"]
    assert (found["claims"]["value"], found["token_claims"]["value"], found["subject"]["value"]) == ("type=access", "type:access", "username")


@pytest.mark.parametrize("mark", ["type", "typ", "token_use", "purpose", "kind", "use"])
def test_a_mark_of_which_nobody_knows_what_it_says_is_in_no_rule(mark, tmp_path):
    told = read(tmp_path, {"auth.py": f"def create_token(user, kind):\n    return jwt.encode({{'sub': user.username, '{mark}': kind, 'role': user.role}}, 'k')\n"})
    assert told["found"]["claims"]["value"] == "role=*" and told["found"]["token_claims"]["value"] == "role"
    assert [one for one in told["not_found"] if mark in one["why"] and one["where"] == "auth.py:2"]


def test_claims_that_only_the_application_can_make_are_told_with_their_line(tmp_path):
    told = read(tmp_path, {"auth.py": "def login(user):\n    return jwt.encode({'sub': user.username, 'role': user.role.value, 'is_admin': user.role == 'admin', 'tenant': str(user.tenant_id)}, 'k')\n"})
    assert told["found"]["token_claims"]["value"] == "tenant=tenant_id"
    assert [one["why"].split(",")[0] for one in told["not_found"]] == ["the claim role", "the claim is_admin"]


def test_an_enum_whose_names_are_its_values_is_what_stands_in_its_column(tmp_path):
    told = read(tmp_path, {"auth.py": "class Role(str, Enum):\n    user = 'user'\n    admin = 'admin'\ndef login(user):\n    return jwt.encode({'sub': user.id, 'role': user.role.value}, 'k')\n"})
    assert told["found"]["token_claims"]["value"] == "role"


def test_tokens_without_sub_are_told(tmp_path):
    told = read(tmp_path, {"auth.py": "def login(user):\n    return jwt.encode({'user_id': user.id, 'exp': later}, 'k')\n"})
    assert told["found"]["token_claims"]["value"] == "user_id=id" and told["found"]["subject"]["value"] == "none"
    assert [one for one in told["not_found"] if "no `sub`" in one["why"] and one["where"] == "auth.py:2"]


@pytest.mark.parametrize("text, minutes", [
    ("JWT_EXPIRATION = 3600\nx = timedelta(seconds=JWT_EXPIRATION)\n", "60"), ("ACCESS_TOKEN_EXPIRE_SECS = 3600\n", "60"), ("ACCESS_TOKEN_EXPIRE = 7\nx = timedelta(days=ACCESS_TOKEN_EXPIRE)\n", "10080"), ("ACCESS_TOKEN_LIFETIME = timedelta(minutes=5)\n", "5"), ("ACCESS_TOKEN_EXPIRE = 30\n", None),
    ("def login(u):\n    return jwt.encode({'sub': u.id, 'exp': datetime.utcnow() + timedelta(hours=1)}, 'k')\n", "60"), ("def login(u):\n    expire = int(time.time()) + 600\n    return jwt.encode({'sub': u.id, 'exp': expire}, 'k')\n", "10"),
    ("M = 45\ndef create_access_token(data, delta=None):\n    data['exp'] = datetime.now() + (delta or timedelta(minutes=15))\n    return jwt.encode(data, 'k')\ndef login(u):\n    return create_access_token({'sub': u.id}, delta=timedelta(minutes=M))\n", "45"),
    ("from flask_jwt_extended import create_access_token\napp.config['JWT_ACCESS_TOKEN_EXPIRES'] = 3600\n", "60"), ("from flask_jwt_extended import create_access_token\n", "15"), ("from flask_jwt_extended import create_access_token\napp.config['JWT_ACCESS_TOKEN_EXPIRES'] = read()\n", None), ("ACCESS_TOKEN_EXPIRE_MINUTES = 60 * 24 * 7\n", "10080"), ("JWT_EXPIRE_HRS = 2\n", "120"),
    ("def login(u, keep):\n    e = timedelta(days=7) if keep else timedelta(hours=1)\n    return jwt.encode({'sub': u.id, 'exp': now() + e}, 'k')\n", None),
], ids=itertools.count())
def test_how_long_tokens_live_is_by_the_unit_that_is_said_or_not_found(text, minutes, tmp_path):
    told = read(tmp_path, {"config.py": text})
    assert told["found"].get("expire_minutes", {}).get("value") == minutes
    assert minutes or [one for one in told["not_found"] if one["why"].startswith("expire_minutes")]
