# SPDX-License-Identifier: Apache-2.0
"""Which file `keyhold adopt` takes for a SQLite database that an application names by a relative path."""
import pytest
from reader import read

FLASK = {"app/__init__.py": "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\ndef create_app():\n    app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:///site.db'\n"}
BACKEND = {"backend/app/db.py": "engine = create_engine('sqlite:///./app.db')\n"}
TWO = {"auth/db.py": "engine = create_engine('sqlite:///./app.db')\n", "shop/db.py": "engine = create_engine('sqlite:///./app.db')\n"}
SCHEMA = 'datasource db {\n  provider = "sqlite"\n  url = env("DATABASE_URL")\n}\n'
PRISMA = {"package.json": "{}", "prisma/schema.prisma": SCHEMA, ".env": 'DATABASE_URL="file:./dev.db"\n'}


@pytest.mark.parametrize("files, there, path", [
    (FLASK, "instance/site.db", "{}/instance/site.db"), (FLASK, "app/instance/site.db", "{}/app/instance/site.db"), (FLASK, "site.db", "site.db"),
    (BACKEND, "backend/app.db", "{}/backend/app.db"), (BACKEND, "backend/app/app.db", "{}/backend/app/app.db"), (BACKEND, "app.db", "./app.db"),
    (PRISMA, "prisma/dev.db", "{}/prisma/dev.db"), ({"package.json": "{}", ".env": "DATABASE_URL=file:./dev.db\n"}, "dev.db", "./dev.db"),
    ({"package.json": "{}", "prisma/schema.prisma": SCHEMA.replace('env("DATABASE_URL")', '"file:../dev.db"')}, "dev.db", "{}/dev.db"),
])
def test_the_one_file_that_is_there_is_taken(files, there, path, tmp_path):
    told = read(tmp_path, files | {there: ""})
    assert told["found"]["database_url"]["value"] == "sqlite:///" + path.format(tmp_path)
    assert not told["guesses"] and not told["not_found"]


@pytest.mark.parametrize("files, there", [(FLASK, ["instance/site.db", "site.db"]), (BACKEND, ["app.db", "backend/app.db"]), (TWO, ["auth/app.db", "shop/app.db"])])
def test_several_files_are_a_guess_that_names_them(files, there, tmp_path):
    told = read(tmp_path, files | {name: "" for name in there})
    (guess,) = told["guesses"]
    assert guess["what"] == "database_url" and all(name in guess["says"] for name in there)


def test_where_it_was_looked_for_is_told(tmp_path):
    told = read(tmp_path, BACKEND)
    (missing,) = told["not_found"]
    assert missing["where"] == "backend/app/db.py:1"
    assert missing["why"].endswith("looked for: app.db, backend/app/app.db, backend/app.db")
