# SPDX-License-Identifier: Apache-2.0
"""What compose.yaml puts into an application's environment: it was passed over, and the defaults of the code were taken without a word."""
import pytest
from reader import read

CODE = {"config.py": "import os\nSECRET_KEY = os.getenv('SECRET_KEY', 'of the code')\nACCESS_TOKEN_EXPIRE_MINUTES = int(os.getenv('ACCESS_TOKEN_EXPIRE_MINUTES', 30))\n",
        "auth.py": "from config import SECRET_KEY, ACCESS_TOKEN_EXPIRE_MINUTES\ndef login(user):\n    return jwt.encode({'sub': user.username, 'exp': datetime.utcnow() + timedelta(minutes=ACCESS_TOKEN_EXPIRE_MINUTES)}, SECRET_KEY, algorithm='HS256')\n"}
PYDANTIC = {"config.py": "from pydantic_settings import BaseSettings, SettingsConfigDict\nclass Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_file='.env')\n    secret_key: str = 'of the code'\nsettings = Settings()\n",
            "auth.py": "from config import settings\ndef login(user):\n    return jwt.encode({'sub': user.username}, settings.secret_key, algorithm='HS256')\n"}
DECOUPLE = {"config.py": "from decouple import config\nSECRET_KEY = config('SECRET_KEY', default='of the code')\n", "auth.py": "from config import SECRET_KEY\ndef login(user):\n    return jwt.encode({'sub': user.username}, SECRET_KEY, algorithm='HS256')\n"}
API = "services:\n  db:\n    image: postgres:16\n    environment:\n      SECRET_KEY: wrong\n  api:\n    build: .\n    command: [\"uvicorn\", 'app:app']\n"
RIGHT = ("right", "docker-compose.yml:10")


def compose(text, **more):
    return {"docker-compose.yml": API + text, **{name.replace("__", "."): one for name, one in more.items()}}


# files -> the key, where it stands, and how many guesses it is.
CASES = {
    "a map": (CODE | compose("    environment:\n      SECRET_KEY: right # of ours\n      ACCESS_TOKEN_EXPIRE_MINUTES: 120\n"), RIGHT, 2),
    "a list": (CODE | compose("    environment:\n      - SECRET_KEY=right\n      - OTHER\n"), RIGHT, 1),
    "a list as far left as its key": (CODE | compose("    environment:\n    - \"SECRET_KEY=right\"\n    ports:\n    - 80:80\n"), RIGHT, 1),
    "a default": (CODE | compose("    environment:\n      SECRET_KEY: ${SECRET:-right}\n"), RIGHT, 1),
    "of .env": (CODE | compose("    environment:\n      SECRET_KEY: \"${SECRET:?it is missing}\"\n", __env="SECRET=right\n"), RIGHT, 1),
    "of another machine": (CODE | compose("    environment:\n      SECRET_KEY: ${SECRET}\n"), ("of the code", "config.py:2"), 0),
    "the same in .env": (CODE | compose("    environment:\n      SECRET_KEY: ${SECRET_KEY}\n", __env="SECRET_KEY=right\n"), ("right", ".env:1"), 0),
    "another in .env": (CODE | compose("    environment:\n      SECRET_KEY: other\n", __env="SECRET_KEY=right\n"), ("right", ".env:1"), 1),
    "no text": (CODE | compose("    environment:\n      SECRET_KEY:\n"), ("of the code", "config.py:2"), 0),
    "a dollar": (CODE | compose("    environment:\n      SECRET_KEY: 'a$$b'\n"), ("a$b", "docker-compose.yml:10"), 1),
    "env_file": (CODE | compose("    env_file: prod.env\n", prod__env="SECRET_KEY=right\n"), ("right", "prod.env:1"), 1),
    "env_file in a list": (CODE | compose("    env_file:\n      - path: ./prod.env\n        required: false\n", prod__env="SECRET_KEY=right\n"), ("right", "prod.env:1"), 1),
    "env_file, and the file of a settings class": (PYDANTIC | compose("    env_file: .env\n", __env="SECRET_KEY=right\n"), ("right", ".env:1"), 0),
    "env_file that is called .env": (CODE | compose("    env_file:\n      - .env\n", __env="SECRET_KEY=right\n"), ("right", ".env:1"), 0),
    "an anchor": (CODE | {"compose.yaml": "x-env: &env\n  SECRET_KEY: right\nservices:\n  api:\n    environment:\n      <<: *env\n      A: b\n"}, ("right", "compose.yaml:2"), 1),
    "an alias": (CODE | {"compose.yaml": "x-env: &env\n  SECRET_KEY: right\nservices:\n  api:\n    environment: *env\n"}, ("right", "compose.yaml:2"), 1),
    "a settings class": (PYDANTIC | compose("    environment:\n      SECRET_KEY: right\n"), RIGHT, 1),
    "a settings class, and its file": (PYDANTIC | compose("    environment:\n      OTHER: right\n", __env="SECRET_KEY=right\n"), ("right", ".env:1"), 0),
    "decouple": (DECOUPLE | compose("    environment:\n      SECRET_KEY: right\n", __env="A=b\n"), RIGHT, 1),
    "by its name alone": ({"package.json": "{}"} | compose("    environment:\n      JWT_SECRET: right\n"), RIGHT, 1),
    "no services": (CODE | {"docker-compose.yml": "version: '3'\n- x\n: :\n"}, ("of the code", "config.py:2"), 0),
}


@pytest.mark.parametrize("case", CASES)
def test_what_compose_puts_into_the_environment_is_read_and_a_guess(case, tmp_path):
    files, found, guesses = CASES[case]
    told = read(tmp_path, files)
    assert (told["found"]["secret_key"]["value"], told["found"]["secret_key"]["where"]) == found, told
    assert len(told["guesses"]) == guesses, told["guesses"]


@pytest.mark.parametrize(("url", "found"), [("sqlite:////app/data/a.db", "sqlite:///data/a.db"), ("sqlite:////srv/a.db", "sqlite:////srv/a.db"), ("postgresql://u:p@db.example/app", "postgresql://u:p@db.example/app")])
def test_a_file_that_is_mounted_into_a_container_is_the_one_of_this_folder(url, found, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.db").touch()
    told = read(tmp_path, {"db.py": "import os\nengine = create_engine(os.environ['DATABASE_URL'])\n"} | compose(f"    environment:\n      DATABASE_URL: {url}\n    volumes:\n      - ./data:/app/data:rw\n"))
    assert told["found"]["database_url"]["value"] == found


def test_the_same_database_under_another_host_is_no_guess(tmp_path):
    told = read(tmp_path, {"db.py": "import os\nengine = create_engine(os.environ['DATABASE_URL'])\n"} | compose("    environment:\n      DATABASE_URL: postgresql://u:p@db:5432/app\n", __env="DATABASE_URL=postgresql://u:p@localhost/app\n"))
    assert told["found"]["database_url"]["where"] == ".env:1" and told["guesses"] == []


SERVER = "services:\n  db:\n    image: postgres:16\n{}  api:\n    build: .\n    environment:\n      DATABASE_URL: {}\n"
ENGINE = {"db.py": "import os\nengine = create_engine(os.environ['DATABASE_URL'])\n"}
INNER = "postgresql://u:p@db:5432/app"


@pytest.mark.parametrize(("ports", "url", "found"), [
    ("    ports:\n      - \"5433:5432\"\n", INNER, "postgresql://u:p@localhost:5433/app"),
    ("    ports:\n    - 127.0.0.1:5433:5432\n", "postgresql+asyncpg://u:p@db/app", "postgresql+asyncpg://u:p@localhost:5433/app"),
    ("    ports:\n      - target: 5432\n        published: 5433\n", INNER, "postgresql://u:p@localhost:5433/app"),
    ("    ports: ['${PORT:-5434}:5432']\n", INNER, "postgresql://u:p@localhost:5434/app"),
    ("    container_name: other\n    ports: ['5433:5432']\n", "postgresql://u:p@other/app", "postgresql://u:p@localhost:5433/app"),
    ("", INNER, None), ("    ports:\n      - 9000:9000\n", INNER, None),
])
def test_a_host_that_other_containers_alone_know_is_reached_where_it_is_published_or_not_at_all(ports, url, found, tmp_path):
    told = read(tmp_path, ENGINE | {"compose.yaml": SERVER.format(ports, url)})
    assert told["found"].get("database_url", {}).get("value") == found, told
    if found:
        assert [guess for guess in told["guesses"] if guess["what"] == "database_url" and "is a container (compose.yaml:2)" in guess["says"]]
    else:
        assert not told["guesses"] and [one for one in told["not_found"] if "publishes no port" in one["why"] and "DATABASE_URL" in one["why"]]


def test_one_file_may_publish_what_another_one_sets_up(tmp_path):
    told = read(tmp_path, ENGINE | {"compose.yaml": SERVER.format("", INNER), "compose.override.yaml": "services:\n  db:\n    ports: ['5433:5432']\n"})
    assert told["found"]["database_url"]["value"] == "postgresql://u:p@localhost:5433/app"


@pytest.mark.parametrize(("image", "names", "found"), [
    ("postgres:16", ("POSTGRES_USER: u", "POSTGRES_PASSWORD: p@", "POSTGRES_DB: d"), "postgresql://u:p%40@localhost:5433/d"),
    ("postgres", ("POSTGRES_PASSWORD: p",), "postgresql://postgres:p@localhost:5433/postgres"),
    ("mariadb:11", ("MARIADB_USER: u", "MARIADB_PASSWORD: p", "MARIADB_DATABASE: d"), "mysql://u:p@localhost:3307/d"),
])
def test_a_database_that_compose_alone_sets_up_is_a_guess(image, names, found, tmp_path):
    """https://hub.docker.com/_/postgres, https://hub.docker.com/_/mariadb"""
    text = f"services:\n  db:\n    image: {image}\n    ports: ['5433:5432', '3307:3306']\n    environment:\n" + "".join(f"      {one}\n" for one in names)
    told = read(tmp_path, {"db.py": "engine = create_engine(read())\n", "compose.yaml": text})
    assert told["found"]["database_url"]["value"] == found and [guess for guess in told["guesses"] if "No code says which database" in guess["says"]], told
