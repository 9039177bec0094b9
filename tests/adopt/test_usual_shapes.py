# SPDX-License-Identifier: Apache-2.0
"""Where tutorials and frameworks keep their settings, and what `keyhold adopt` reads of them."""
import pytest
from reader import read

FLASKR = {"flaskr/__init__.py": "import os\nfrom flask import Flask\ndef create_app(test_config=None):\n    app = Flask(__name__, instance_relative_config=True)\n"
          "    app.config.from_mapping(SECRET_KEY='dev', DATABASE=os.path.join(app.instance_path, 'flaskr.sqlite'))\n    return app\n",
          "flaskr/db.py": "import sqlite3\nfrom flask import current_app, g\ndef get_db():\n    g.db = sqlite3.connect(current_app.config['DATABASE'], detect_types=sqlite3.PARSE_DECLTYPES)\n"}


@pytest.mark.parametrize("files, url", [
    (FLASKR | {"instance/flaskr.sqlite": ""}, "sqlite:///{}/instance/flaskr.sqlite"),
    ({"app.py": FLASKR["flaskr/__init__.py"], "db.py": FLASKR["flaskr/db.py"]}, "sqlite:///{}/instance/flaskr.sqlite"),
    ({"composer.json": "{}", ".env": "DB_CONNECTION=sqlite\n# DB_HOST=127.0.0.1\n", "database/database.sqlite": ""}, "sqlite:///database/database.sqlite"),
    ({"composer.json": "{}", ".env": "DB_CONNECTION=sqlite\nDB_DATABASE=/srv/of/nobody.sqlite\n"}, "sqlite:////srv/of/nobody.sqlite"),
    ({"proj/settings.py": "import environ\nenv = environ.Env()\nenviron.Env.read_env('.env')\nDATABASES = {'default': env.db('DB')}\n", ".env": "DB=postgresql://u:p@h/d\n"}, "postgresql://u:p@h/d"),
    ({"proj/settings.py": "env = environ.Env()\nDATABASES = {'default': env.db(default='sqlite:///db.sqlite3')}\n"}, "sqlite:///db.sqlite3"),
    ({"proj/settings.py": "import dj_database_url\nDATABASES = {'default': dj_database_url.config(default='postgresql://u:p@h/d')}\n"}, "postgresql://u:p@h/d"),
    ({"m.py": "engine = create_engine(URL.create('sqlite', database='app.db'))\n"}, "sqlite:///app.db"),
    ({"m.py": "engine = create_engine(URL.create('postgresql', 'u', 'p@', 'h', 5432, 'd'))\n"}, "postgresql://u:p%40@h:5432/d"),
])
def test_the_database_is_found(files, url, tmp_path):
    assert read(tmp_path, files)["found"]["database_url"]["value"] == url.format(tmp_path)


@pytest.mark.parametrize("files, key, where", [
    ({"settings.ini": "[other]\nSECRET_KEY=wrong\n[settings]\nSECRET_KEY = right # 1\n", ".env": "SECRET_KEY=wrong\n"}, "right # 1", "settings.ini:4"),
    ({"settings.ini": "[settings]\nsecret_key=right\n"}, "right", "settings.ini:2"),
    ({".env": "# one\nSECRET_KEY='a${X}b' \n"}, "a${X}b", ".env:2"),
    ({".env": "SECRET_KEY=a #b\n"}, "a #b", ".env:1"),
    ({".env": "OTHER=1\n"}, "default", "main.py:2"),
])
def test_a_key_is_read_as_decouple_reads_it(files, key, where, tmp_path):
    told = read(tmp_path, files | {"main.py": "from decouple import config\nSECRET_KEY = config('SECRET_KEY', default='default')\n"})
    assert told["found"]["secret_key"] == {"value": key, "where": where}, told


def test_an_instance_folder_of_another_place_is_not_found(tmp_path):
    files = FLASKR | {"flaskr/__init__.py": FLASKR["flaskr/__init__.py"].replace("instance_relative_config=True", "instance_path=where()")}
    told = read(tmp_path, files)
    assert "database_url" not in told["found"]
    assert any(one["where"] == "flaskr/__init__.py:4" and "instance folder" in one["why"] for one in told["not_found"]), told
