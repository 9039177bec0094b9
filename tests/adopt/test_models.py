# SPDX-License-Identifier: Apache-2.0
"""What new users get because the application's models and its registration say it; the tables are as each library creates them."""
import ast
import json
import os
import sqlite3
import subprocess
from types import SimpleNamespace

import pytest
from old_databases import KINDS
from reader import ROOT, read, write
from server import BINARY
from shapes import ENV_FILE
from test_decisions import application_of, register
from test_shapes import ENV

pytestmark = pytest.mark.sqlite  # it makes databases of all kinds by itself

CONFIGURATION = 7
HASH = "$2b$04$abcdefghijklmnopqrstuuPCL6v1zTbmGxUuO2J1PcuPCL6v1zTbm"
SA = "import enum, uuid\nfrom datetime import datetime, timezone\nfrom sqlalchemy import Boolean, Column, DateTime, Enum, Integer, JSON, String, func, text\n\n\nclass Role(str, enum.Enum):\n    USER = 'user'\n    ADMIN = 'admin'\n\n\nclass Plain(enum.Enum):\n    USER = 'user'\n\n\nclass Level(enum.IntEnum):\n    LOW = 3\n\n\n"
MODEL = SA + "class User(Base):\n    __tablename__ = 'users'\n    id = Column(Integer, primary_key=True)\n    username = Column(String(50), unique=True)\n"


def defaults(folder, files, table="users"):
    told = read(folder, files)
    assert not [one for one in told["not_found"] if one["why"].startswith("defaults")], told["not_found"]
    return {one["column"]: one for one in told["defaults"] if one["table"] == table}


def given(one):
    return (one["kind"], one["value"]) if one else None


# What the model says.

@pytest.mark.parametrize("column, kind, value", [
    ("Column(String, default='user')", "text", "user"), ("Column(Boolean, default=True)", "yes_or_no", "1"), ("Column(Boolean, default=False)", "yes_or_no", "0"), ("Column(Integer, default=0)", "number", "0"), ("Column(Integer, default=-1)", "number", "-1"),
    ("mapped_column(String(20), default='user')", "text", "user"), ("mapped_column(String, insert_default='user')", "text", "user"), ("db.Column(db.String(10), default='user')", "text", "user"),
    ("Column(Enum(Role), default=Role.USER)", "text", "USER"), ("Column(Enum(Role, values_callable=lambda e: [one.value for one in e]), default=Role.USER)", "text", "user"), ("Column(String, default=Role.USER)", "text", "user"),
    ("Column(String, default=Role.USER.value)", "text", "user"), ("Column(String, default=Role.USER.name)", "text", "USER"), ("Column(Enum(Plain), default=Plain.USER)", "text", "USER"), ("Column(String, default=Plain.USER)", "unknown", "USER"),
    ("Column(Enum('user', 'admin', name='role'), default='user')", "text", "user"), ("Column(Integer, default=Level.LOW)", "number", "3"), ("Column(Encrypted, default='user')", "unknown", "user, as the column's type is the application's own"),
    ("Column(DateTime, default=datetime.utcnow)", "time", ""), ("Column(DateTime, default=func.now())", "time", ""), ("Column(DateTime, default=lambda: datetime.now(timezone.utc))", "time", ""), ("Column(DateTime, default=text('CURRENT_TIMESTAMP'))", "time", ""),
    ("Column(String, default=lambda: datetime.utcnow().isoformat())", "time", "text"), ("Column(DateTime, default=lambda: datetime.utcnow() + timedelta(days=14))", "unknown", None),
    ("Column(String, default=lambda: str(uuid.uuid4()))", "uuid", "dashed"), ("Column(String, default=lambda: uuid.uuid4().hex)", "uuid", "bare"), ("Column(Uuid, default=uuid.uuid4)", "uuid", ""),
    ("Column(JSON, default=dict)", "json", "{}"), ("Column(JSON, default=list)", "json", "[]"), ("Column(JSON, default={'theme': 'dark'})", "json", '{"theme": "dark"}'), ("Column(String, default=make_code)", "unknown", "make_code"),
    ("Column(String, default=lambda: secrets.token_hex(4))", "unknown", None),
])
def test_the_default_of_a_column_of_sqlalchemy_is_read(column, kind, value, tmp_path):
    found = defaults(tmp_path, {"app/models.py": MODEL + f"    extra = {column}\n"})["extra"]
    assert found["kind"] == kind and (value is None or found["value"] == value) and found["where"] == "app/models.py:23", found


@pytest.mark.parametrize("name, files, table, expected", [
    ("a column with a name of its own", {"m.py": MODEL + "    admin = Column('is_admin', Boolean, default=False)\n"}, "users", {"is_admin": ("yes_or_no", "0"), "admin": None}),
    ("a mixin of another file", {"mix.py": "class Stamps:\n    crated_at = Column(DateTime, default=func.now())\n", "m.py": "from mix import Stamps\n" + MODEL.replace("User(Base)", "User(Stamps, Base)")}, "users", {"crated_at": ("time", "")}),
    ("a class comes before its mixin", {"m.py": MODEL.replace("class User(Base)", "class Mixin:\n    plan = Column(String, default='free')\n\n\nclass User(Mixin, Base)") + "    plan = Column(String, default='paid')\n"}, "users", {"plan": ("text", "paid")}),
    ("a column by a function of the mixin", {"m.py": MODEL.replace("class User(Base)", "class Mixin:\n    @declared_attr\n    def plan(cls):\n        return Column(String, default='free')\n\n\nclass User(Mixin, Base)")}, "users", {"plan": ("text", "free")}),
    ("a type that says it", {"m.py": MODEL + "    role: Mapped[Role] = mapped_column(default=Role.USER)\n    on: Mapped[bool] = mapped_column(default=True)\n"}, "users", {"role": ("text", "USER"), "on": ("yes_or_no", "1")}),
    ("a function of the application for the time", {"util.py": "from datetime import datetime, timezone\n\n\ndef moment():\n    return datetime.now(timezone.utc)\n", "m.py": "from util import moment\n" + MODEL + "    came = Column(DateTime, default=moment)\n"}, "users", {"came": ("time", "")}),
    ("a constant of another file", {"config.py": "DEFAULT_ROLE = 'member'\n", "m.py": "from config import DEFAULT_ROLE\n" + MODEL + "    role = Column(String, default=DEFAULT_ROLE)\n"}, "users", {"role": ("text", "member")}),
    ("a table named by its class", {"m.py": "class Base(DeclarativeBase):\n    @declared_attr.directive\n    def __tablename__(cls):\n        return cls.__name__.lower() + 's'\n\n\nclass Member(Base):\n    role = Column(String, default='user')\n"}, "members", {"role": ("text", "user")}),
    ("Flask-SQLAlchemy's own name", {"m.py": "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\n\n\nclass AppUser(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n    role = db.Column(db.String(20), default='user')\n"}, "app_user", {"role": ("text", "user")}),
    ("a table without a class", {"m.py": "users = Table('users', metadata, Column('id', Integer, primary_key=True), Column('role', String, default='user'))\n"}, "users", {"role": ("text", "user")}),
    ("SQLModel", {"m.py": "from sqlmodel import Field, SQLModel\n\n\nclass Role(str, Enum):\n    USER = 'user'\n\n\nclass UserBase(SQLModel):\n    is_active: bool = True\n\n\nclass User(UserBase, table=True):\n    role: Role = Role.USER\n    plan: str = Field(default='free', max_length=9)\n"
                          "    nick: str | None = None\n    came: datetime = Field(default_factory=lambda: datetime.now(UTC))\n    level: str = Field(default='a', sa_column=Column('tier', String))\n"}, "user",
     {"is_active": ("yes_or_no", "1"), "role": ("text", "USER"), "plan": ("text", "free"), "nick": None, "came": ("time", ""), "tier": ("text", "a")}),
    ("Django", {"accounts/models.py": "from django.db import models\nfrom django.utils import timezone\n\n\nclass Member(models.Model):\n    class Role(models.TextChoices):\n        USER = 'U', 'User'\n    GOLD = 'gold'\n    role = models.CharField(max_length=1, choices=Role.choices, default=Role.USER)\n"
                "    tier = models.CharField(max_length=9, default=GOLD)\n    vip = models.BooleanField(default=False, db_column='is_vip')\n    came = models.DateTimeField(default=timezone.now)\n    made = models.DateTimeField(auto_now_add=True)\n    prefs = models.JSONField(default=dict)\n"}, "accounts_member",
     {"role": ("text", "U"), "tier": ("text", "gold"), "is_vip": ("yes_or_no", "0"), "came": ("time", ""), "made": ("time", ""), "prefs": ("json", "{}")}),
    ("Django's name of a table", {"accounts/models.py": "from django.db import models\n\n\nclass Base(models.Model):\n    plan = models.CharField(default='free')\n    class Meta:\n        abstract = True\n\n\nclass Member(Base):\n    class Meta:\n        db_table = 'people'\n"}, "people", {"plan": ("text", "free")}),
    ("Tortoise", {"m.py": "from tortoise import fields, models\n\n\nclass Role(Enum):\n    USER = 'user'\n\n\nclass User(models.Model):\n    role = fields.CharEnumField(Role, default=Role.USER)\n    active = fields.BooleanField(default=True, source_field='act')\n    made = fields.DatetimeField(auto_now_add=True)\n    class Meta:\n        table = 'people'\n"},
     "people", {"role": ("text", "user"), "act": ("yes_or_no", "1"), "made": ("time", "")}),
    ("Peewee", {"m.py": "from peewee import *\n\n\nclass BaseModel(Model):\n    class Meta:\n        database = db\n\n\nclass User(BaseModel):\n    role = CharField(default='user', column_name='role_name')\n    came = DateTimeField(default=datetime.datetime.now)\n"}, "user", {"role_name": ("text", "user"), "came": ("time", "")}),
    ("a migration", {"alembic/versions/1.py": MODEL + "    role = Column(String, default='old')\n", "m.py": MODEL + "    role = Column(String, default='new')\n"}, "users", {"role": ("text", "new")}),
    ("two classes of one table that differ", {"a/m.py": MODEL + "    role = Column(String, default='a')\n", "b/m.py": MODEL + "    role = Column(String, default='b')\n"}, "users", {"role": ("unknown", "a (a/m.py:23) or b")}),
], ids=lambda one: one if isinstance(one, str) and " " in one else "")
def test_the_models_of_an_application_are_read(name, files, table, expected, tmp_path):
    found = defaults(tmp_path, files, table)
    assert {column: given(found.get(column)) for column in expected} == expected, name


# What the registration says.

ROUTE = "@router.post('/register')\ndef register(user: UserCreate, db):\n"
ROLES = MODEL + "    role = Column(String, default='user')\n    is_active = Column(Boolean, default=True)\n    plan = Column(String)\n"
IMPORTS = "from m import User\nfrom schemas import UserCreate\n\n\n"
SCHEMA = {"schemas.py": "class UserCreate(BaseModel):\n    username: str\n    plan: str = 'trial'\n"}


@pytest.mark.parametrize("name, code, expected", [
    ("constants of the call", ROUTE + "    db.add(User(username=user.username, role='member', is_active=False))\n", {"role": ("text", "member", ""), "is_active": ("yes_or_no", "0", "")}),
    ("what is changed behind it", ROUTE + "    one = User(username=user.username)\n    one.role = 'member'\n    db.add(one)\n", {"role": ("text", "member", "")}),
    ("on a condition", ROUTE + "    one = User(username=user.username)\n    if settings.approve:\n        one.is_active = False\n", {"is_active": ("yes_or_no", "1", "perhaps")}),
    ("the first one is another", ROUTE + "    User(username=user.username, role='admin' if db.count() == 0 else 'user')\n", {"role": ("text", "user", "perhaps")}),
    ("a schema's default", ROUTE + "    db.add(User(username=user.username, plan=user.plan))\n", {"plan": ("text", "trial", "")}),
    ("a schema's defaults, all of them", ROUTE + "    db.add(User(**user.model_dump(exclude={'password'}), role='member'))\n", {"plan": ("text", "trial", ""), "role": ("text", "member", "")}),
    ("what whoever registers says", ROUTE + "    db.add(User(username=user.username, role=user.role))\n", {"role": ("text", "user", "")}),
    ("a function that the route calls", "def create_user(db, user, role='guest'):\n    db.add(User(username=user.username, role=role))\n\n\n" + ROUTE + "    create_user(db, user, role='member')\n", {"role": ("text", "member", "")}),
    ("a function that nobody is seen to call", "def create_user(db, user):\n    db.add(User(username=user.username, role='member'))\n", {"role": ("text", "member", "nothing says")}),
    ("an administrator is another", ROUTE + "    db.add(User(username=user.username))\n\n\ndef create_admin(db, name):\n    db.add(User(username=name, role='admin'))\n", {"role": ("text", "user", "")}),
    ("somebody of a fixed name is nobody who registers", "def fill(db):\n    db.add(User(username='root', role='admin'))\n", {"role": ("text", "user", "")}),
    ("two registrations that differ", ROUTE + "    db.add(User(username=user.username, plan='a'))\n\n\ndef signup(name, db):\n    db.add(User(username=name, plan='b'))\n", {"plan": ("unknown", "a (auth.py:7) or b", "")}),
    ("values of an insert", ROUTE + "    db.execute(insert(User).values(username=user.username, plan='free'))\n", {"plan": ("text", "free", "")}),
    ("a statement of SQL", ROUTE + "    db.execute('INSERT INTO users (username, password, plan, role, is_active) VALUES (?, ?, \\'free\\', ?, 0)', (user.username, make_hash(user), 'member'))\n", {"plan": ("text", "free", ""), "role": ("text", "member", ""), "is_active": ("number", "0", "")}),
    ("named placeholders", ROUTE + "    db.execute(text('INSERT INTO users (username, plan) VALUES (:u, :p)'), {'u': user.username, 'p': 'free'})\n", {"plan": ("text", "free", "")}),
])
def test_what_the_registration_gives_comes_before_the_model(name, code, expected, tmp_path):
    found = defaults(tmp_path, SCHEMA | {"m.py": ROLES, "auth.py": IMPORTS + code})
    for column, (kind, value, doubt) in expected.items():
        assert given(found[column]) == (kind, value) and doubt in found[column]["doubt"] and bool(doubt) == bool(found[column]["doubt"]), (name, found[column])


DJANGO_USER = {"proj/settings.py": "INSTALLED_APPS = ['django.contrib.auth']\n", "shop/__init__.py": "from django.apps import AppConfig\n"}


@pytest.mark.parametrize("code", [
    "from django.contrib.auth.models import User\n\n\ndef signup(request):\n    user = User.objects.create_user(request.POST['u'], password=request.POST['p'], is_active=False)\n",
    "def signup(request):\n    user = UserCreationForm(request.POST).save(commit=False)\n    user.is_active = False\n    user.save()\n",
    "from django.contrib.auth import get_user_model\nUser = get_user_model()\n\n\nclass RegisterSerializer(ModelSerializer):\n    def create(self, validated_data):\n        return User.objects.create_user(**validated_data, is_active=False)\n",
])
def test_djangos_own_user_may_wait_for_a_yes(code, tmp_path):
    assert given(defaults(tmp_path, DJANGO_USER | {"shop/views.py": code}, "auth_user")["is_active"]) == ("yes_or_no", "0")


def test_djangos_manager_is_followed(tmp_path):
    files = {"proj/settings.py": "AUTH_USER_MODEL = 'accounts.Member'\n", "accounts/models.py": "from django.db import models\n\n\nclass Members(BaseUserManager):\n    def create_user(self, email, password=None, **more):\n        more.setdefault('plan', 'free')\n        user = self.model(email=email, **more)\n        user.save()\n\n"
             "    def create_superuser(self, email, password):\n        self.model(email=email, plan='all')\n\n\nclass Member(AbstractBaseUser):\n    plan = models.CharField(max_length=9)\n    objects = Members()\n",
             "accounts/views.py": "from accounts.models import Member\n\n\ndef register(request):\n    Member.objects.create_user(request.POST['email'], request.POST['password'])\n"}
    assert given(defaults(tmp_path, files, "accounts_member")["plan"]) == ("text", "free")


# What the command makes of it.

USERS = "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, username VARCHAR(50) NOT NULL UNIQUE, password VARCHAR(128) NOT NULL"


@pytest.fixture
def application(tmp_path):
    def make(columns="", model="", rows=(), more=None):
        write(tmp_path, {".env": "DATABASE_URL=sqlite:///app.db\nSECRET_KEY=the-applications-own-secret-of-many-characters\n", "m.py": MODEL + model, "login.py": "def login(user):\n    return create_access_token({'sub': user.username})\n"} | (more or {}))
        database = sqlite3.connect(tmp_path / "app.db")
        database.execute(USERS + columns + ")")
        for number, row in enumerate(rows):
            row = {"username": f"name{number}", "password": HASH} | row
            database.execute(f"INSERT INTO users ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))
        database.commit()
        database.close()

        def adopt(*words):
            done = subprocess.run([BINARY, "adopt", str(tmp_path), *words], capture_output=True, text=True, timeout=60, env={"PATH": os.environ["PATH"]})
            told = json.loads(done.stdout) if "--json" in words and done.returncode == 0 else {}
            return SimpleNamespace(code=done.returncode, out=done.stdout, err=done.stderr, told=told)
        return adopt
    return make


def test_what_people_who_register_get_is_told_with_its_place(application):
    adopt = application(", role VARCHAR(20) NOT NULL, is_live BOOLEAN NOT NULL, plan VARCHAR(9) NOT NULL, crated DATETIME NOT NULL, prefs JSON NOT NULL", "    role = Column(String, default='user')\n    is_live = Column(Boolean, default=True)\n    plan = Column(String, default='free')\n"
                        "    crated = Column(DateTime, default=func.now())\n    prefs = Column(JSON, default=dict)\n")
    told = adopt("--json").told
    assert told["guesses"] == [] and {"role": "user", "is_live": "yes", "plan": "free", "crated": "the time", "prefs": "{}"}.items() <= told["newcomers"].items()
    assert told["newcomers_from"]["role"] == "m.py:23" and "role = user, as m.py:23 says\n" in adopt().out


def test_a_registration_at_keyhold_has_what_the_application_gives(application, tmp_path, start):
    adopt = application(", role VARCHAR(5) NOT NULL, is_live BOOLEAN NOT NULL, level INTEGER, crated DATETIME, prefs JSON, public CHAR(32)", "    role = Column(Enum(Role), default=Role.USER)\n    is_live = Column(Boolean, default=True)\n    level = Column(Integer, default=Level.LOW)\n"
                        "    crated = Column(DateTime, default=datetime.utcnow)\n    prefs = Column(JSON, default=list)\n    public = Column(Uuid, default=uuid.uuid4)\n")
    assert adopt("--apply").code == 0
    assert register(start(ENV), "dan").status == 200
    [row] = sqlite3.connect(tmp_path / "app.db").execute("SELECT role, is_live, typeof(is_live), level, typeof(level), prefs, length(public), julianday('now') - julianday(crated) < 0.01 FROM users WHERE username = 'dan'").fetchall()
    assert row == ("USER", 1, "integer", 3, "integer", "[]", 32, 1)


def test_the_command_line_comes_before_the_code(application):
    told = application(", role VARCHAR(20) NOT NULL", "    role = Column(String, default='user')\n")("--json", "--value", "role=guest").told
    assert told["newcomers"]["role"] == "'guest'" and told["newcomers_from"] == {}


@pytest.mark.parametrize("column, model, code", [
    ("is_active BOOLEAN NOT NULL", "Column(Boolean, default=False)", ""), ("is_active BOOLEAN", "Column(Boolean, default=False)", ""), ("is_active BOOLEAN NOT NULL", "Column(Boolean)", "is_active=False"), ("is_active BOOLEAN NOT NULL", "Column(Boolean, default=True)", "is_active=False"),
    ("disabled BOOLEAN NOT NULL", "Column(Boolean, default=True)", ""), ("status VARCHAR(9) NOT NULL", "Column(String, default='pending')", ""), ("status VARCHAR(9) NOT NULL", "Column(String)", "status='pending'"),
])
def test_whoever_waits_for_an_approval_there_registers_there(column, model, code, application):
    name = column.split()[0]
    rows = [{name: value} for value in (("active", "active", "banned") if name == "status" else (1, 1, 0))]
    adopt = application(", " + column, f"    {name} = {model}\n", rows, {"auth.py": f"from m import User\n\n\ndef register(name):\n    return User(username=name, {code})\n"} if code else None)
    said = adopt("--apply", "--yes")
    assert said.code == CONFIGURATION and f"gives the column {name}" in said.err and ("auth.py:5" if code else "m.py:23") in said.err and "--no-registration" in said.err, said.err
    assert adopt("--no-registration").code == 0
    named = ("--active-column", "status=active", "--disabled-column", "status=banned") if name == "status" else ("--disabled-column" if name == "disabled" else "--active-column", name)
    assert adopt(*named).code == 0


def test_a_registration_that_lets_in_comes_before_the_databases_default(application):
    adopt = application(", is_active BOOLEAN NOT NULL DEFAULT 0", "    is_active = Column(Boolean, default=False)\n", more={"auth.py": "from m import User\n\n\ndef register(name):\n    return User(username=name, is_active=True)\n"})
    assert adopt("--json").told["guesses"] == []


def test_a_lock_that_depends_on_settings_is_asked_about(application):
    adopt = application(", is_active BOOLEAN NOT NULL", "    is_active = Column(Boolean)\n", more={"auth.py": "from m import User\nfrom elsewhere import settings\n\n\ndef register(name):\n    return User(username=name, is_active=not settings.approval)\n"})
    assert any("not settings.approval" in guess and "auth.py:6" in guess and "--no-registration" in guess for guess in adopt("--json").told["guesses"])
    assert adopt("--apply").code == CONFIGURATION


@pytest.mark.parametrize("column, model", [("level INTEGER NOT NULL", "Column(Integer, default='user')"), ("role VARCHAR(3) NOT NULL", "Column(String, default='user')"), ("is_live BOOLEAN NOT NULL", "Column(Boolean, default='user')"), ("role VARCHAR(9) NOT NULL", "Column(String, default=True)")])
def test_a_value_that_the_column_does_not_hold_is_not_taken(column, model, application):
    name = column.split()[0]
    adopt = application(", " + column, f"    {name} = {model}\n")
    said = adopt("--json")
    assert name in said.err and said.code == CONFIGURATION if name != "is_live" else any("m.py:23" in guess and "does not hold" in guess for guess in said.told["guesses"]), (said.err, said.told)


def test_a_default_that_has_to_be_run_is_told_where_the_column_needs_one(application):
    adopt = application(", code VARCHAR(9) NOT NULL, other VARCHAR(9)", "    code = Column(String, default=make_code)\n    other = Column(String, default=make_code)\n")
    said = adopt()
    assert said.code == CONFIGURATION and "`make_code` (m.py:23)" in said.err and "--value code=" in said.err and "other" not in said.err


def test_a_word_that_nobody_has_there_is_asked_about(application):
    adopt = application(", role VARCHAR(9) NOT NULL", "    role = Column(String, default='user')\n", [{"role": "USER"}] * 3)
    assert adopt("--json").told["guesses"] == ["Nobody there has user in role: it holds USER (3)."]


def test_a_token_is_never_the_id_of_the_account(application):
    adopt = application(", verify_token VARCHAR(36) NOT NULL, public VARCHAR(36) NOT NULL", "    verify_token = Column(String, default=lambda: str(uuid.uuid4()))\n    public = Column(String, default=lambda: str(uuid.uuid4()))\n")
    said = adopt()
    assert said.code == CONFIGURATION and "verify_token" in said.err and "public" not in said.err


def test_a_time_has_the_form_of_the_rows(application):
    model = "    came = Column(String, default=lambda: datetime.utcnow().isoformat())\n"
    assert application(", came VARCHAR(40) NOT NULL", model, [{"came": "2026-01-02T03:04:05.678901"}] * 3)("--json").told["newcomers"]["came"] == "the time"


def test_a_time_whose_form_no_row_shows_is_not_made_up(application):
    said = application(", came VARCHAR(40) NOT NULL", "    came = Column(String, default=lambda: datetime.utcnow().isoformat())\n")("--json")
    assert said.code == CONFIGURATION and "came" in said.err


def test_a_registration_of_sql_alone_is_followed(application):
    code = "@app.route('/register', methods=['POST'])\ndef register():\n    name = request.form['name']\n    db.execute(\"INSERT INTO users (username, password, role, is_active) VALUES (?, ?, 'user', 0)\", (name, make(request.form)))\n"
    adopt = application(", role VARCHAR(9) NOT NULL, is_active INTEGER NOT NULL", more={"m.py": "", "app.py": code})
    said = adopt()
    assert said.code == CONFIGURATION and "app.py:4 gives the column is_active" in said.err
    assert adopt("--json", "--active-column", "is_active").told["newcomers"]["role"] == "user"


TYPED = {
    "sqlite": ("role VARCHAR(9) NOT NULL, is_live BOOLEAN NOT NULL, prefs JSON NOT NULL, tags JSON NOT NULL, crated DATETIME NOT NULL, public CHAR(32) NOT NULL, level INTEGER NOT NULL", ()),
    "postgresql": ("role of_user NOT NULL, is_live BOOLEAN NOT NULL, prefs JSONB NOT NULL, tags TEXT[] NOT NULL, crated TIMESTAMP WITH TIME ZONE NOT NULL, public UUID NOT NULL, level INTEGER NOT NULL", ("CREATE TYPE of_user AS ENUM ('USER', 'ADMIN')",)),
    "mariadb": ("role ENUM('USER', 'ADMIN') NOT NULL, is_live BOOLEAN NOT NULL, prefs JSON NOT NULL, tags JSON NOT NULL, crated DATETIME NOT NULL, public CHAR(32) NOT NULL, level INTEGER NOT NULL", ()),
}
OF_ALL_TYPES = "    role = Column(Enum(Role), default=Role.USER)\n    is_live = Column(Boolean, default=True)\n    prefs = Column(JSON, default=dict)\n    tags = Column(ARRAY(String), default=list)\n    crated = Column(DateTime, default=func.now())\n    public = Column(Uuid, default=uuid.uuid4)\n    level = Column(Integer, default=Level.LOW)\n"


@pytest.mark.parametrize("kind", KINDS)
def test_every_database_takes_what_the_code_gives(kind, tmp_path, start):
    columns, before = TYPED[kind]
    application = application_of(tmp_path, kind, ", " + columns, names=(), tables_before=before, files=ENV_FILE | {"m.py": (MODEL + OF_ALL_TYPES).replace("{", "{{").replace("}", "}}"), "login.py": "def login(user):\n    return create_access_token({'sub': user.username})\n"})
    assert application.adopt("--apply").returncode == 0
    assert register(start(ENV), "dan").status == 200
    role, is_live, prefs, level, length = application.row("dan", "role", "is_live", "CAST(prefs AS CHAR(2))", "level", "LENGTH(CAST(public AS CHAR(40)))")
    assert (role, bool(is_live), prefs, level) == ("USER", True, "{}", 3) and length in ((32,) if kind != "postgresql" else (36, 40))
    assert application.database.query("SELECT COUNT(*) FROM users WHERE crated IS NOT NULL AND tags IS NOT NULL") == [(1,)]


def test_no_two_parts_of_the_finder_have_a_method_of_one_name():
    """The second one would be called for the first, and what was found before would be lost without a word."""
    named = {}
    for path in (ROOT / "src/cli/adoption/reader").glob("*.py"):
        for made in ast.parse(path.read_text()).body:
            if isinstance(made, ast.ClassDef) and (made.name.endswith("Finder") or made.name in ("Makers", "Kinds", "FlaskConfig", "EnvFiles")):
                for item in made.body:
                    if isinstance(item, ast.FunctionDef):
                        named.setdefault(item.name, []).append(made.name)
    assert {name: classes for name, classes in named.items() if len(classes) > 1} == {}
