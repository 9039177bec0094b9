# SPDX-License-Identifier: Apache-2.0
"""/admin/users while one types. That the form does without JavaScript, test_admin_people.py says."""
import re

from server import PASSWORD, QUICK, run
from test_page_browser import browse
from wire import ask


def test_the_table_follows_what_is_typed(start, tmp_path):
    server = start({name: value for name, value in QUICK.items() if name != "SECRET_KEY"})
    for name in ("ann", "anton", "boss", "zoe"):
        assert ask(server.port, "POST", "/register", json={"username": name, "password": PASSWORD}).status == 200
    run("role", "grant", "admin", "boss", folder=server.folder, env=server.env, check=0)
    seen = browse("user_search.mjs", server.url, tmp_path, USERNAME="boss")
    assert seen["all"] == ["ann", "anton", "boss", "zoe"] and seen["said"] == "On this page: 4"
    assert seen["aborted"], "nobody waits for what was typed before"
    assert seen["typed"] == {"names": ["ann", "anton"], "query": {"text": "an"}, "loads": 0, "said": "On this page: 2", "focus": 2}
    assert re.fullmatch(r"\d+ \w+ \d{4}", seen["time"]) and seen["copies"], "what the script does to a page it does to this part, too"
    assert seen["filtered"] == {"text": "ant", "state": "disabled"}
    assert seen["back"] == {"query": {"text": "ant"}, "text": "ant", "state": ""}
    assert seen["further"] == {"query": {}, "text": "", "loads": 0}
    assert seen["returned"] == {"query": {"text": "ant"}, "text": "ant"}
    assert seen["over"].startswith("/admin/users?") and "text=b" in seen["over"]
    assert seen["problems"] == []
