# SPDX-License-Identifier: Apache-2.0
"""Objects in which frameworks put settings: dynaconf's, Tortoise's and those of Flask's MySQL, as their documents have them, and keys of objects that are made in a way that is not understood."""
import pytest
from reader import read

URL, KEY = "database_url", "secret_key"
USE = "\n\nengine = create_engine(settings.DATABASE_URL)\n\n\ndef login(user):\n    return jwt.encode({'sub': user.username}, settings.SECRET_KEY, algorithm='HS256')\n"


def dynaconf(words, **files):
    return {"config.py": f"from dynaconf import Dynaconf\nsettings = Dynaconf(settings_files=['settings.toml', '.secrets.toml']{words}){USE}", **{name.replace("secrets_", ".secrets.").replace("settings_", "settings.").replace("env_", ".env"): text for name, text in files.items()}}


LAYERS = "[default]\nDATABASE_URL = 'sqlite:////srv/default.db'\nSECRET_KEY = 'of default'\n[development]\nSECRET_KEY = 'of development'\n[production]\nSECRET_KEY = 'of production'\n"
FLAT = "DATABASE_URL = 'sqlite:////srv/a.db'\nsecret_key = 'of the file'\n"
TORTOISE = "TORTOISE = {{'connections': {{'default': {}, 'other': 'sqlite:////srv/other.db'}}, 'apps': {{'models': {{'models': ['m'], 'default_connection': '{}'}}}}}}\n"
PARTS = "{'engine': 'tortoise.backends.asyncpg', 'credentials': {'host': 'h', 'port': 5432, 'user': 'u', 'password': os.environ['PASS'], 'database': 'd'}}"
MYSQL = "from {} import MySQL\napp.config['{}HOST'] = 'h'\napp.config['{}USER'] = 'u'\napp.config['{}PASSWORD'] = os.environ['PASS']\napp.config['{}DB'] = 'd'\nmysql = MySQL(app)\n"


def mysql(library, prefix, more=""):
    return MYSQL.format(library, *[prefix] * 4) + more


CASES = {
    # https://www.dynaconf.com/configuration/
    "dynaconf": (dynaconf("", settings_toml=FLAT), {URL: "sqlite:////srv/a.db", KEY: "of the file"}),
    "the last file": (dynaconf("", settings_toml=FLAT, secrets_toml="SECRET_KEY = 'of secrets'\n"), {KEY: "of secrets"}),
    "a local file": (dynaconf("", settings_toml=FLAT) | {"settings.local.toml": "SECRET_KEY = 'local'\n"}, {KEY: "local"}),
    "the running environment": (dynaconf(", environments=True", settings_toml=LAYERS), {URL: "sqlite:////srv/default.db", KEY: "of development"}),
    "another one": (dynaconf(", environments=True", settings_toml=LAYERS, env_="ENV_FOR_DYNACONF=production\n"), {KEY: "of production"}),
    "by a variable of its own": (dynaconf(", environments=True, env_switcher='STAGE'", settings_toml=LAYERS, env_="STAGE=production\n"), {KEY: "of production"}),
    "a variable": (dynaconf("", settings_toml=FLAT, env_="DYNACONF_SECRET_KEY=of .env\nSECRET_KEY=wrong\n"), {KEY: "of .env"}),
    "another prefix": (dynaconf(", envvar_prefix='MY'", settings_toml=FLAT, env_="MY_SECRET_KEY=of .env\nDYNACONF_SECRET_KEY=wrong\n"), {KEY: "of .env"}),
    "all variables": (dynaconf(", envvar_prefix=False", settings_toml=FLAT, env_="SECRET_KEY=of .env\n"), {KEY: "of .env"}),
    "two prefixes": (dynaconf(", envvar_prefix='A,B'", settings_toml=FLAT, env_="A_SECRET_KEY=of .env\n"), {KEY: None}),
    "a variable that says a part": (dynaconf("", settings_toml=FLAT, env_="DYNACONF_SECRET_KEY__x=of .env\n"), {KEY: None}),
    "a variable that stands for another": (dynaconf("", settings_toml=FLAT, env_="DYNACONF_SECRET_KEY=@format {this.X}\n"), {KEY: None}),
    "loaders of their own": (dynaconf(", loaders=['vault']", settings_toml=FLAT), {KEY: None}),
    "a table": ({"config.py": "from dynaconf import Dynaconf\nsettings = Dynaconf(settings_files=['s.yaml'])\nengine = create_engine(settings.database.url)\n", "s.yaml": "database:\n  url: sqlite:////srv/a.db\n"}, {URL: "sqlite:////srv/a.db"}),
    # https://tortoise.github.io/setup.html#tortoise.Tortoise.init
    "Tortoise's dict": ({"a.py": TORTOISE.format(PARTS, "default") + "register_tortoise(app, config=TORTOISE)\n", ".env": "PASS=p@\n"}, {URL: "postgresql://u:p%40@h:5432/d"}),
    "of another connection": ({"a.py": TORTOISE.format(PARTS, "other") + "async def start():\n    await Tortoise.init(TORTOISE)\n", ".env": "PASS=p\n"}, {URL: "sqlite:////srv/other.db"}),
    "a password that is not there": ({"a.py": TORTOISE.format(PARTS, "default") + "register_tortoise(app, config=TORTOISE)\n"}, {URL: None}),
    "Tortoise's dict in its place": ({"a.py": "async def start():\n    await Tortoise.init(config={'connections': {'default': 'sqlite:////srv/a.db'}, 'apps': {}})\n"}, {URL: "sqlite:////srv/a.db"}),
    "Tortoise's dict of a property": ({"a.py": "class Settings:\n    @property\n    def orm(self):\n        return {'connections': {'default': 'sqlite:////srv/a.db'}}\nsettings = Settings()\nregister_tortoise(app, config=settings.orm)\n"}, {URL: "sqlite:////srv/a.db"}),
    "Tortoise's URL": ({"a.py": "RegisterTortoise(app, db_url='asyncpg://u:p@h/d')\n"}, {URL: "postgresql://u:p@h/d"}),
    # https://flask-mysqldb.readthedocs.io/, https://flask-mysql.readthedocs.io/
    "flask_mysqldb": ({"a.py": mysql("flask_mysqldb", "MYSQL_"), ".env": "PASS=p@\n"}, {URL: "mysql://u:p%40@h/d"}),
    "flask_mysqldb at another port": ({"a.py": mysql("flask_mysqldb", "MYSQL_", "app.config['MYSQL_PORT'] = 3307\n"), ".env": "PASS=p\n"}, {URL: "mysql://u:p@h:3307/d"}),
    "flask-mysql": ({"a.py": mysql("flaskext.mysql", "MYSQL_DATABASE_"), ".env": "PASS=p\n"}, {URL: "mysql://u:p@h/d"}),
    "flask_mysqldb, whose password is not there": ({"a.py": mysql("flask_mysqldb", "MYSQL_")}, {URL: None}),
    # https://fastapi.tiangolo.com/advanced/settings/
    "a dependency": ({"a.py": "class Settings(BaseSettings):\n    SECRET_KEY: str = 'key'\n@lru_cache\ndef get():\n    return Settings()\ndef login(user, settings: Settings = Depends(get)):\n    return jwt.encode({'sub': user.username}, settings.SECRET_KEY)\n"}, {KEY: "key"}),
    "a dependency in the annotation": ({"a.py": "class Settings(BaseSettings):\n    SECRET_KEY: str = 'key'\ndef get():\n    return Settings()\ndef login(user, settings: Annotated[Settings, Depends(get)]):\n    return jwt.encode({'sub': user.username}, settings.SECRET_KEY)\n"}, {KEY: "key"}),
    "a class out of a dict": ({"a.py": "class Kind(Enum):\n    prod = 'prod'\n    dev = 'dev'\nclass Base(BaseSettings):\n    kind: Kind = Kind.prod\nclass Dev(Base):\n    SECRET_KEY: str = 'wrong'\nclass Prod(Base):\n    SECRET_KEY: str = 'key'\n    DATABASE_URL: str = 'sqlite:////srv/a.db'\nkinds = {Kind.prod: Prod, Kind.dev: Dev}\ndef get():\n    config = kinds[Base().kind]\n    return config()\nsettings = get()" + USE}, {URL: "sqlite:////srv/a.db", KEY: "key"}),
    # What Python itself does.
    "a .env that may be named": ({"a.py": "def load(path=None):\n    env = Env()\n    env.read_env(path)\n    return Config(key=env.str('SECRET_KEY'))\n@dataclass\nclass Config:\n    key: str\nconfig = load()\ndef login(user):\n    return jwt.encode({'sub': user.username}, config.key)\n", ".env": "SECRET_KEY=key\n"}, {KEY: "key"}),
    "an object of a class method": ({"a.py": "class Settings(BaseSettings):\n    SECRET_KEY: str\n    DATABASE_URL: str = 'sqlite:////srv/a.db'\n    @classmethod\n    def load(cls):\n        return cls(SECRET_KEY='key')\nsettings = Settings.load()" + USE}, {URL: "sqlite:////srv/a.db", KEY: "key"}),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_found_is_what_the_framework_has_or_nothing(case, tmp_path):
    files, expected = CASES[case]
    told = read(tmp_path, files)
    assert {what: told["found"].get(what, {}).get("value") for what in expected} == expected, told
    for what, value in expected.items():
        assert value or [one for one in told["not_found"] if one["why"].startswith(what) and ":" in one["where"]], told


def test_what_dynaconf_has_for_others_is_a_guess(tmp_path):
    told = read(tmp_path, dynaconf(", environments=True", settings_toml=LAYERS))
    assert [guess for guess in told["guesses"] if guess["what"] == KEY and "settings.toml:7 says something else of SECRET_KEY, for production" in guess["says"]], told


APP = "class AppSettings(BaseSettings):\n    {}SECRET_KEY: str\n    DATABASE_URL: str = 'sqlite:////srv/a.db'\nkinds = {{'dev': AppSettings}}\ndef get():\n    return kinds[Base().stage]()\nsettings = {}" + USE.replace("{'sub'", "{{'sub'").replace("username}", "username}}")
PREFIX = "model_config = SettingsConfigDict(env_prefix='APP_')\n    "


@pytest.mark.parametrize(("code", "env", "key"), [
    (APP.format("", "get()"), {".env": "SECRET_KEY=one\n"}, "one"),
    (APP.format("", "AppSettings(**load_yaml())"), {".env": "SECRET_KEY=one\n"}, "one"),
    (APP.format(PREFIX, "get()"), {".env": "SECRET_KEY=wrong\nAPP_SECRET_KEY=one\n"}, "one"),
    (APP.format("", "get()"), {".env": "SECRET_KEY=one\n", ".env.prod": "SECRET_KEY=two\n"}, None),
    (APP.format("", "get()"), {".env": "JWT_SECRET_KEY=other\n"}, None),
    (APP.format("", "AppSettings(SECRET_KEY=vault())"), {".env": "SECRET_KEY=wrong\n"}, None),
])
def test_the_key_of_an_object_that_is_not_understood_is_taken_by_its_own_name_as_a_guess(code, env, key, tmp_path):
    told = read(tmp_path, {"a.py": code} | env)
    assert told["found"].get(KEY, {}).get("value") == key, told
    guessed = [guess for guess in told["guesses"] if guess["what"] == KEY and "is called so too" in guess["says"]]
    assert bool(guessed) == bool(key) and (key or [one for one in told["not_found"] if one["why"].startswith(KEY)])
