# SPDX-License-Identifier: Apache-2.0
"""A browser without JavaScript, as far as pages need one."""
import re
from html import unescape

from wire import ask


class Browser:
    """It keeps cookies, follows redirects, and sends the form that it was shown."""
    def __init__(self, port, language="en"):
        self.host = "127.0.0.1"
        self.port, self.cookies, self.page, self.language, self.last = port, {}, "", language, ""

    def ask(self, method, target, form=None):
        fields = [("Accept", "text/html"), ("Accept-Language", self.language), ("Sec-Fetch-Site", "same-origin" if form else "none"),
                  ("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))]
        answer = ask(self.port, method, target, fields=fields, form=form, host=self.host)
        for name, value in answer.fields:
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                if "Max-Age=0;" in value:
                    self.cookies.pop(key, None)
                else:
                    self.cookies[key] = rest.split(";")[0]
        self.page = answer.body.decode()
        return answer

    def get(self, target):
        """The page in the end; `last` is where that was."""
        answer = self.ask("GET", target)
        while answer.status == 303:
            target = "/" + answer.header("location").lstrip("./")
            answer = self.ask("GET", target)
        self.last = target
        return answer

    def form(self, path, having=""):
        """What stands in the page's first form that leads there and holds this text."""
        forms = re.findall(rf'<form (?:class="\w+" )?method="post" action="[./]*{re.escape(path.lstrip("/"))}">(.*?)</form>', self.page, re.S)
        return next(form for form in forms if having in form)

    def send(self, path, having="", **fields):
        """That form, with its hidden fields."""
        form = self.form(path, having)
        hidden = {name: unescape(value) for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)}
        answer = self.ask("POST", path, form=hidden | fields)
        return self.get("/" + answer.header("location").lstrip("./")) if answer.status == 303 else answer

    def title(self):
        return unescape(re.search(r"<title>(.*?)</title>", self.page, re.S).group(1))
