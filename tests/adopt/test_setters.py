# SPDX-License-Identifier: Apache-2.0
"""Settings that are given their values by functions of their class, or by lines behind it: what an application has is found, or nothing is."""
import itertools
import os

import pytest
from reader import read
from test_settings_reader import module_of

PARTS = "    USER: str = 'u'\n    HOST: str = 'h'\n    SECRET_KEY: str = 'key'\n"
USE = {"db.py": "from config import settings\nengine = create_engine(settings.DATABASE_URL)\n\n\ndef login(user):\n    return jwt.encode({'sub': user.username}, settings.SECRET_KEY, algorithm='HS256')\n"}
BUILT, LEFT = "postgresql://u@h/d", "sqlite:///left.db"
BUILD = "f'postgresql://{self.USER}@{self.HOST}/d'"


def pydantic(body, behind="", made="settings = Settings()\n"):
    return USE | {"config.py": "from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n" + PARTS + body + "\n\n" + made + behind}


EMPTY, GIVEN = "    DATABASE_URL: str | None = None\n", f"    DATABASE_URL: str = '{LEFT}'\n"
WHOLE = "    @model_validator(mode='{}')\n    @classmethod\n    def whole(cls, values):\n"

# https://docs.pydantic.dev/latest/concepts/validators/#model-validators; the URL and the key that the application has; None: it depends on the run.
CASES = {
    "model_post_init": (pydantic(EMPTY + f"    def model_post_init(self, context):\n        self.DATABASE_URL = {BUILD}\n"), BUILT, "key"),
    "model_post_init, where nothing is said": (pydantic(GIVEN + f"    def model_post_init(self, context):\n        if not self.DATABASE_URL:\n            self.DATABASE_URL = {BUILD}\n"), LEFT, "key"),
    "model_post_init, over .env": (pydantic(EMPTY + f"    def model_post_init(self, context):\n        self.DATABASE_URL = {BUILD}\n") | {".env": "DATABASE_URL=sqlite:///wrong.db\nHOST=other\n"}, "postgresql://u@other/d", "key"),
    "after": (pydantic(EMPTY + f"    @model_validator(mode='after')\n    def whole(self):\n        if self.DATABASE_URL is None:\n            self.DATABASE_URL = {BUILD}\n        return self\n"), BUILT, "key"),
    "after, by a function of the class": (pydantic(EMPTY + f"    @model_validator(mode='after')\n    def whole(self):\n        self.build()\n        return self\n    def build(self):\n        self.DATABASE_URL = {BUILD}\n"), BUILT, "key"),
    "two functions, one after the other": (pydantic(EMPTY + f"    def model_post_init(self, context):\n        self.HOST = 'first'\n    @model_validator(mode='after')\n    def whole(self):\n        self.DATABASE_URL = {BUILD}\n        return self\n"), "postgresql://u@first/d", "key"),
    "a function that has to be run, of another field": (pydantic(EMPTY + f"    def model_post_init(self, context):\n        self.HOST = find()\n    @model_validator(mode='after')\n    def whole(self):\n        self.DATABASE_URL = {BUILD}\n        return self\n"), None, "key"),
    "before": (pydantic(EMPTY + WHOLE.format("before") + "        values['DATABASE_URL'] = 'postgresql://u@h/d'\n        return values\n") | {".env": "DATABASE_URL=sqlite:///wrong.db\n"}, BUILT, "key"),
    "before, what is not said": (pydantic(EMPTY + WHOLE.format("before") + "        values.setdefault('DATABASE_URL', 'postgresql://u@h/d')\n        return values\n") | {".env": "DATABASE_URL=sqlite:///left.db\n"}, LEFT, "key"),
    "before, without defaults": (pydantic(GIVEN + WHOLE.format("before") + "        if 'HOST' in values:\n            values['DATABASE_URL'] = 'sqlite:///wrong.db'\n        return values\n"), LEFT, "key"),
    "before, by what is returned": (pydantic(GIVEN + WHOLE.format("before") + "        return {**values, 'DATABASE_URL': 'postgresql://u@h/d'}\n"), BUILT, "key"),
    "before, by what is computed": (pydantic(GIVEN + WHOLE.format("before") + "        return unlocked(values)\n"), None, None),
    "around": (pydantic(GIVEN + WHOLE.format("wrap") + "        values['DATABASE_URL'] = find()\n        return values\n"), None, "key"),
    "setattr": (pydantic(GIVEN + "    def model_post_init(self, context):\n        object.__setattr__(self, 'DATABASE_URL', 'postgresql://u@h/d')\n"), BUILT, "key"),
    "setattr of whatever is there": (pydantic(GIVEN + "    def model_post_init(self, context):\n        for name, value in vault():\n            setattr(self, name, value)\n"), None, None),
    "under a condition of the machine": (pydantic(GIVEN + f"    def model_post_init(self, context):\n        if os.path.exists('/.dockerenv'):\n            self.DATABASE_URL = {BUILD}\n"), None, "key"),
    "a refusal is passed over": (pydantic(EMPTY + f"    @model_validator(mode='after')\n    def whole(self):\n        if weak(self.SECRET_KEY):\n            raise ValueError('weak')\n        self.DATABASE_URL = {BUILD}\n        return self\n"), BUILT, "key"),
    "two validators of one field": (pydantic("    DATABASE_URL: str = 'postgres://u@h/d '\n    @field_validator('DATABASE_URL')\n    @classmethod\n    def one(cls, v):\n        return v.strip()\n    @field_validator('DATABASE_URL')\n    @classmethod\n    def two(cls, v):\n        return v.replace('postgres://', 'postgresql://')\n"), BUILT, "key"),
    "a validator of all fields": (pydantic("    DATABASE_URL: str = ' postgresql://u@h/d'\n    @field_validator('*')\n    @classmethod\n    def one(cls, v):\n        return v.strip()\n"), BUILT, "key"),
    "a validator in the annotation": (pydantic("    DATABASE_URL: Annotated[str, BeforeValidator(fix)] = 'postgres://u@h/d'\n", "def fix(v):\n    return v.replace('postgres://', 'postgresql://')\n"), BUILT, "key"),
    "one that is nowhere": (pydantic("    DATABASE_URL: Annotated[str, AfterValidator(fix)] = 'postgresql://u@h/d'\n"), None, "key"),
    "a line behind": (pydantic(GIVEN, "settings.DATABASE_URL = 'postgresql://u@h/d'\n"), BUILT, "key"),
    "a line behind, of what was there": (pydantic("    DATABASE_URL: str = 'postgres://u@h/d'\n", "settings.DATABASE_URL = settings.DATABASE_URL.replace('postgres://', 'postgresql://')\n"), BUILT, "key"),
    "a line in another file": (pydantic(GIVEN) | {"main.py": "from config import settings\nsettings.DATABASE_URL = 'postgresql://u@h/d'\n"}, None, "key"),
    "a line in a function": (pydantic(GIVEN, "def start():\n    settings.SECRET_KEY = vault()\n"), LEFT, None),
    "a line under a condition": (pydantic(GIVEN, "if weak(settings.SECRET_KEY):\n    settings.SECRET_KEY = 'strong'\n"), LEFT, None),
    "all of another place": (pydantic(GIVEN, "for name, value in vault():\n    setattr(settings, name, value)\n"), None, None),
    "another object's": (pydantic(GIVEN, "user.DATABASE_URL = 'sqlite:///wrong.db'\n"), LEFT, "key"),
    "a line behind, of one of two objects": (pydantic(GIVEN, "other = Settings()\nother.DATABASE_URL = 'sqlite:///wrong.db'\n"), None, "key"),
    "a field of a field": (USE | {"config.py": "class Db(BaseModel):\n    url: str = 'sqlite:///wrong.db'\nclass Settings(BaseSettings):\n    SECRET_KEY: str = 'key'\n    db: Db = Db()\n    def model_post_init(self, context):\n        self.db.url = find()\nsettings = Settings()\n", "db.py": USE["db.py"].replace("DATABASE_URL", "db.url")}, None, "key"),
    "made anew": (pydantic(GIVEN, "settings.SECRET_KEY = secrets.token_hex(32)\n"), LEFT, None),
    "a dataclass": (USE | {"config.py": f"@dataclass\nclass Settings:\n{PARTS}    DATABASE_URL: str = ''\n\n    def __post_init__(self):\n        self.DATABASE_URL = {BUILD}\n\n\nsettings = Settings()\n"}, BUILT, "key"),
    "a method of the class that may be called": (USE | {"config.py": f"class Settings:\n{PARTS}{GIVEN}\n    @classmethod\n    def load(cls):\n        cls.SECRET_KEY = vault()\n\n\nsettings = Settings()\n"}, LEFT, None),
    "a method that may be called": (USE | {"config.py": f"class Settings:\n{PARTS}{GIVEN}\n    def load(self):\n        self.SECRET_KEY = vault()\n\n\nsettings = Settings()\n"}, LEFT, None),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_set_later_is_what_the_application_has_or_not_found(case, tmp_path):
    files, url, key = CASES[case]
    told = read(tmp_path, files)
    found = {what: told["found"].get(what, {}).get("value") for what in ("database_url", "secret_key")}
    assert found == {"database_url": url, "secret_key": key}, told
    for what, value in found.items():
        assert value or [one for one in told["not_found"] if one["why"].startswith(what) and ".py:" in one["where"]], told


# Run by pydantic itself, of whichever version is here: its root_validator and validator are in both.
MODELS = [
    "    @validator('url', pre=True, always=True)\n    def one(cls, v):\n        return (v or 'a') + '1'\n    @validator('url', pre=True, always=True)\n    def two(cls, v):\n        return (v or 'b') + '2'\n",
    "    @validator('url', always=True)\n    def one(cls, v):\n        return v + '1'\n    @validator('url', pre=True, always=True)\n    def two(cls, v):\n        return 'b2'\n",
    "    @root_validator(pre=True, allow_reuse=True)\n    def one(cls, values):\n        values['url'] = values.get('host', 'none') + '/d'\n        return values\n",
    "    @root_validator(skip_on_failure=True, allow_reuse=True)\n    def one(cls, values):\n        values['url'] = values.get('host', 'none') + '/d'\n        return values\n",
    "    @root_validator(pre=True, allow_reuse=True)\n    def one(cls, values):\n        return {**values, 'url': 'said'}\n    @validator('url', always=True)\n    def two(cls, v):\n        return v + '!'\n",
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("body", MODELS, ids=itertools.count())
def test_validators_give_what_they_give_in_pydantic(body, tmp_path, monkeypatch):
    first = pytest.importorskip("pydantic")
    library = "pydantic" if first.VERSION.startswith("1.") else "pydantic.v1"
    for name in list(os.environ):
        monkeypatch.delenv(name)
    text = f"from {library} import BaseSettings, root_validator, validator\nclass Settings(BaseSettings):\n    host: str = 'h'\n    url: str = None\n{body}X = Settings().url\n"
    world = {"__name__": f"config_{tmp_path.name}"}  # it keeps the names of all validators
    exec(compile(text, "config.py", "exec"), world)  # a text of this test's own
    evaluate = module_of("evaluate")
    module = evaluate.Module(str(tmp_path / "config.py"), "config.py", evaluate.ast.parse(text))
    assert evaluate.Evaluator([module], {}).value(module.names["X"], module) == world["X"]
