# SPDX-License-Identifier: Apache-2.0
"""Settings that an application's own code reads of YAML, INI, TOML and JSON files, and Flask's app.config: what `keyhold adopt` reads is held beside PyYAML, configparser and the like."""
import configparser
import itertools
import json

import pytest
from reader import read
from test_settings_reader import module_of

yaml = pytest.importorskip("yaml")
URL = "postgresql://u:p@h/d"


@pytest.fixture(scope="module")
def files():
    return module_of("files")


YAML_VALUES = ["plain", "", "'it''s'", '"a\\nb\\"c"', "a # comment", "a#b", "'a # b'  # comment", "5", "0", "-7", "1_000", "yes", "No", "off", "TRUE", "~", "null", "1.5", "0x1F", "0777", "1:30", "2026-01-02", "postgresql://u:p@h/d", "sqlite:///./a.db", "http://x:80/?a=b",
               "[a, b, 3]", "[]", "{}", "{a: 1}", "*a", "&a b", "!x y", "|", ">", "a: b", "a:", "@a", "%a", "`a", "- a", "-a", "?", "?a", ":a", ", a", "'open", '"open', "'a' b", '"\\x41"', "a 'b'", "é", "${HOME}", "<<", "=", "a, b", "a]", "p@ss:w0rd!", ".5", "1e3", "1.5e+3", ".inf", "12e03"]
YAML_FILES = ["db:\n  url: {0}\n  other: 1\n", "---\n# one\ndb:\n    url: {0}\nlist:\n- a\n- b\n", "url: {0}\nurl: last\n", "'url': {0}\n", "a:\n  b:\n    c: {0}\n  d: e\nf: g\n", "a: {0}\n  more\n", "a: &x\n  b: {0}\nc:\n  <<: *x\n", "a: {0}\n---\nb: 2\n", "list:\n  - {0}\n  - x\n",
              "a:\n  - b: {0}\n    c: 2\nd: 1\n", "a:\n  -\n    b: {0}\n  - - {0}\n", "a: |\n  two\n  lines\nb: {0}\n", "\ta: {0}\n", "on: {0}\n", "1: {0}\n", "a : {0}\n", "a:{0}\n", "a: {0}\n b: 1\n", "\ufeffa: {0}\n", "a: {0}\r\nb: 2\r\n", "", "# nothing\n", "{0}\n"]


def holds_only(mine, theirs, lost):
    """Everything that was read is what PyYAML reads; what was not, says so."""
    if isinstance(mine, lost):
        return True
    if isinstance(mine, dict):
        return isinstance(theirs, dict) and mine.keys() == theirs.keys() and all(holds_only(one, theirs[key], lost) for key, one in mine.items())
    if isinstance(mine, tuple):
        return isinstance(theirs, list) and len(mine) == len(theirs) and all(itertools.starmap(lambda one, other: holds_only(one, other, lost), zip(mine, theirs)))
    return type(mine) is type(theirs) and mine == theirs


@pytest.mark.parametrize("form", YAML_FILES)
def test_yaml_is_read_as_pyyaml_reads_it_or_not_at_all(form, files):
    for value in YAML_VALUES:
        text = form.format(value) if "{0}" in form else form
        try:
            mine = files.parse_yaml(text.replace("\r\n", "\n"), "config.yml")
        except files.NotPlain:
            continue
        theirs = yaml.safe_load(text)  # an error here is a file that was read and must not be
        assert holds_only(mine, theirs, files.Lost), (text, mine, theirs)


def test_plain_yaml_is_read_to_its_end(files):
    text = "---\n# of the application\ndb:\n  url: 'postgresql://u:p@h/d'  # here\n  pool: 5\n  hosts:\n  - a\n  - name: b\n    port: 1\nsecret: \"a'b\"\ndebug: no\n"
    assert files.parse_yaml(text, "c.yml") == {"db": {"url": URL, "pool": 5, "hosts": ("a", {"name": "b", "port": 1})}, "secret": "a'b", "debug": False}
    assert files.parse_yaml(text, "c.yml")["db"].places["url"] == "c.yml:4"


CONFIG = "db:\n  url: " + URL + "\njwt:\n  secret_key: of the file\n"
INI = "[db]\n; one\nURL = " + URL + "\n\n[jwt]\nsecret_key : of the file\nhost = h\nname = of %(host)s\n"
ENGINE = "engine = create_engine({})\nSECRET_KEY = {}\n"


@pytest.mark.parametrize("files, database_at, key_at", [
    ({"config.yml": CONFIG, "main.py": "import yaml\nconfig = yaml.safe_load(open('config.yml'))\n" + ENGINE.format("config['db']['url']", "config['jwt']['secret_key']")}, "config.yml:2", "config.yml:4"),
    ({"config.yml": CONFIG, "main.py": "import yaml\nwith open('config.yml') as f:\n    config = yaml.load(f, Loader=yaml.FullLoader)\n" + ENGINE.format("config['db']['url']", "config.get('jwt')['secret_key']")}, "config.yml:2", "config.yml:4"),
    ({"config.yml": CONFIG, "app/main.py": "from .conf import load\nconfig = load()\n" + ENGINE.format("config['db']['url']", "config['jwt'].get('secret_key')"),
      "app/conf.py": "import yaml\nfrom pathlib import Path\nHERE = Path(__file__).parent.parent\ndef load():\n    with open(HERE / 'config.yml', encoding='utf-8') as file:\n        return yaml.safe_load(file)\n"}, "config.yml:2", "config.yml:4"),
    ({"config.yml": CONFIG, "main.py": "import yaml\nfrom pathlib import Path\nconfig = yaml.safe_load(Path('config.yml').read_text())\n" + ENGINE.format("config['db']['url']", "config['jwt']['secret_key']")}, "config.yml:2", "config.yml:4"),
    ({"app.ini": INI, "main.py": "import configparser\ncfg = configparser.ConfigParser()\ncfg.read('app.ini')\n" + ENGINE.format("cfg['db']['url']", "cfg.get('jwt', 'secret_key')")}, "app.ini:3", "app.ini:6"),
    ({"app.ini": INI, "main.py": "from configparser import ConfigParser\ndef settings():\n    cfg = ConfigParser()\n    cfg.read(['missing.ini', 'app.ini'])\n    return cfg\nC = settings()\n" + ENGINE.format("C.get('db', 'URL')", "C['jwt'].get('secret_key', 'no')")}, "app.ini:3", "app.ini:6"),
    ({"c.json": json.dumps({"db": {"url": URL}, "jwt": {"secret_key": "of the file"}}, indent=1), "main.py": "import json\nwith open('c.json') as f:\n    c = json.load(f)\n" + ENGINE.format("c['db']['url']", "c['jwt']['secret_key']")}, "c.json:3", "c.json:6"),
    ({"c.toml": f'[db]\nurl = "{URL}"\n[jwt]\nsecret_key = "of the file"\n', "main.py": "import tomllib\nwith open('c.toml', 'rb') as f:\n    c = tomllib.load(f)\n" + ENGINE.format("c['db']['url']", "c['jwt']['secret_key']")}, "c.toml:2", "c.toml:4"),
], ids=itertools.count())
def test_what_code_reads_of_a_file_is_read(files, database_at, key_at, tmp_path):
    found = read(tmp_path, files)["found"]
    assert found["database_url"] == {"value": URL, "where": database_at}
    assert found["secret_key"] == {"value": "of the file", "where": key_at}


def test_ini_values_are_those_of_configparser(tmp_path):
    parser = configparser.ConfigParser()
    parser.read_string(INI)
    told = read(tmp_path, {"app.ini": INI, "main.py": "import configparser\ncfg = configparser.ConfigParser()\ncfg.read('app.ini')\nSECRET_KEY = cfg['jwt']['name']\n"})
    assert told["found"]["secret_key"]["value"] == parser["jwt"]["name"] == "of h"


@pytest.mark.parametrize("files, where, why", [
    ({"config.yml": "a: &x 1\ndb:\n  url: " + URL + "\n", "main.py": "import yaml\nc = yaml.safe_load(open('config.yml'))\nengine = create_engine(c['db']['url'])\n"}, "main.py:2", "config.yml is not understood at line 1"),
    ({"main.py": "import yaml\nc = yaml.safe_load(open('config.yml'))\nengine = create_engine(c['db']['url'])\n"}, "main.py:2", "config.yml is not there"),
    ({"config.yml": CONFIG, "main.py": "import yaml\nc = yaml.safe_load(open('../../etc/passwd'))\nengine = create_engine(c['db']['url'])\n"}, "main.py:2", "passwd is not there"),
    ({"config.yml": CONFIG, "main.py": "import os, yaml\nc = yaml.safe_load(open('config.yml'))[os.environ['STAGE']]\nengine = create_engine(c['url'])\n"}, "main.py:2", "STAGE"),
    ({"config.yml": CONFIG, "app/config.yml": CONFIG.replace("/d", "/e"), "app/main.py": "import yaml\nc = yaml.safe_load(open('config.yml'))\nengine = create_engine(c['db']['url'])\n"}, "app/main.py:2", "several config.yml"),
    ({"app.ini": INI, "main.py": "import configparser\ncfg = configparser.ConfigParser()\nif DEBUG:\n    cfg.read('app.ini')\nengine = create_engine(cfg['db']['url'])\n"}, "main.py:4", "condition"),
    ({"app.ini": INI, "main.py": "import configparser\ncfg = configparser.ConfigParser()\ncfg.read('app.ini')\ncfg.set('db', 'url', make())\nengine = create_engine(cfg['db']['url'])\n"}, "main.py:4", "changed"),
    ({"app.ini": INI, "main.py": "import configparser, os\ncfg = configparser.ConfigParser(os.environ)\ncfg.read('app.ini')\nengine = create_engine(cfg['db']['url'])\n"}, "main.py:2", "not understood"),
    ({"config.yml": "Url: " + URL + "\n", "main.py": "import yaml\nclass Settings(BaseSettings):\n    url: str = 'sqlite:///default.db'\nsettings = Settings(**yaml.safe_load(open('other.yml')))\nengine = create_engine(settings.url)\n"}, "main.py:4", "other.yml is not there"),
], ids=itertools.count())
def test_what_cannot_be_told_is_not_found_with_its_place(files, where, why, tmp_path):
    told = read(tmp_path, files)
    assert "database_url" not in told["found"], told
    assert [one for one in told["not_found"] if one["where"] == where and why in one["why"]], told


TOKENS = {"tokens.py": "import jwt\n"}  # without them its key would be one of sessions
FLASK = "from flask import Flask\napp = Flask(__name__)\n{}\ndb = SQLAlchemy(app)\n"
CFG = "import os\nBASE = 'postgresql://u:p@h'\nSQLALCHEMY_DATABASE_URI = BASE + '/d'\nSECRET_KEY = 'of the file'\nlower_key = 'no'\n"
CLASSES = "class Config:\n    SECRET_KEY = 'of the base'\nclass ProdConfig(Config):\n    SECRET_KEY = 'of the file'\n    SQLALCHEMY_DATABASE_URI = 'postgresql://u:p@h/d'\nclass DevConfig(Config):\n    SECRET_KEY = 'of dev'\n    SQLALCHEMY_DATABASE_URI = 'sqlite:///dev.db'\n"


@pytest.mark.parametrize("files", [
    {"app.py": FLASK.format("app.config.from_pyfile('settings.cfg')"), "settings.cfg": CFG},
    {"app/__init__.py": "from flask import Flask\ndef create_app():\n    app = Flask(__name__, instance_relative_config=True)\n    app.config.from_object('config.DevConfig')\n    app.config.from_pyfile('settings.cfg', silent=True)\n    return app\n", "config.py": CLASSES, "instance/settings.cfg": CFG},
    {"app.py": FLASK.format("app.config.from_object('config.ProdConfig')"), "config.py": CLASSES},
    {"app.py": FLASK.format("from config import ProdConfig\napp.config.from_object(ProdConfig)"), "config.py": CLASSES},
    {"app.py": FLASK.format("app.config.from_object('config')"), "config.py": CFG},
    {"app.py": FLASK.format("app.config.from_object('config.DevConfig')\napp.config.from_mapping(SECRET_KEY='of the file', SQLALCHEMY_DATABASE_URI='postgresql://u:p@h/d')"), "config.py": CLASSES},
    {"app.py": FLASK.format("app.config.from_mapping({'SECRET_KEY': 'first'})\napp.config.from_prefixed_env()"), ".env": f"FLASK_SECRET_KEY=of the file\nFLASK_SQLALCHEMY_DATABASE_URI={URL}\n"},
    {"app.py": FLASK.format("app.config.from_prefixed_env('MY')"), ".env": f'MY_SECRET_KEY=\'"of the file"\'\nMY_SQLALCHEMY_DATABASE_URI={URL}\n'},
    {"app.py": FLASK.format("import tomllib\napp.config.from_file('c.toml', load=tomllib.load, text=False)"), "c.toml": f'SECRET_KEY = "of the file"\nSQLALCHEMY_DATABASE_URI = "{URL}"\n'},
    {"app.py": FLASK.format("import json\napp.config.from_file('c.json', json.load)"), "c.json": json.dumps({"SECRET_KEY": "of the file", "SQLALCHEMY_DATABASE_URI": URL})},
    {"app.py": FLASK.format("import yaml\napp.config.from_file('c.yml', load=yaml.safe_load)"), "c.yml": f"SECRET_KEY: of the file\nSQLALCHEMY_DATABASE_URI: {URL}\n"},
    {"app.py": FLASK.format("app.config.from_envvar('SETTINGS')"), "settings.cfg": CFG, ".env": "SETTINGS=settings.cfg\n"},
], ids=itertools.count())
def test_the_configuration_of_flask_is_read(files, tmp_path):
    told = read(tmp_path, files | TOKENS)
    found = told["found"]
    assert (found["database_url"]["value"], found["secret_key"]["value"]) == (URL, "of the file"), told
    assert not told["guesses"], told


@pytest.mark.parametrize("call", ["from_pyfile(name)", "from_pyfile('missing.cfg')", "from_envvar('NOWHERE')", "from_file('c.json', load=own)"])
def test_a_configuration_that_is_not_read_makes_what_is_found_a_guess(call, tmp_path):
    told = read(tmp_path, TOKENS | {"app.py": FLASK.format(f"app.config['SECRET_KEY'] = 'first'\napp.config.{call}"), "c.json": "{}"})
    assert told["found"]["secret_key"]["value"] == "first"
    assert [guess for guess in told["guesses"] if guess["where"] == "app.py:4" and guess["what"] == "secret_key"], told
