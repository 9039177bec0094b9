# SPDX-License-Identifier: Apache-2.0
# Whether an application hashes passwords as they are. What puts a pepper or a digest of its own around them writes hashes
# that look like any other, and no password fits them here.
import ast
import os
import re

HASHES = {"hash": 0, "encrypt": 0, "hashpw": 0, "generate_password_hash": 0, "verify": 0, "verify_password": 0, "checkpw": 0, "check_password_hash": 1, "verify_and_update": 0}
HOLDERS = re.compile(r"pwd|passw|context|crypt|bcrypt|argon|hasher|^ph$|werkzeug|security", re.I)

# bcrypt.hash(password + PEPPER, ...), argon2.hash(`${password}${salt}`), bcrypt.compare(createHash("sha256")..., and argon2's `secret`.
OF_NODE_HASH = re.compile(r"\b(?:bcrypt(?:js)?|argon2)\.(?:hash|hashSync|compare|compareSync|verify)\(\s*(?:(?:[\w.$!]+\s*,\s*)?[\w.$!\[\]]+\s*\+\s*[\w.$!]+|(?:[\w.$!]+\s*,\s*)?`[^`]*\$\{[^`]*\$\{[^`]*`|[^,;)]*\b(?:createHmac|createHash|sha256|sha512|md5)\b[^,;]*|[^;]{0,200}\bsecret\s*:[^;]{0,100})")


class HashFinder:
    """The part of Finder (find.py) that is about passwords, and about how names are looked up."""
    def find_hashing(self):
        self.find_small_letters()
        self.find_peppers()
        for module, node in self.evaluator.calls(*HASHES):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            holder = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
            if holder and not HOLDERS.search(holder) or not holder and name not in ("generate_password_hash", "check_password_hash", "hashpw", "checkpw"):
                continue
            given = node.args[HASHES[name]] if len(node.args) > HASHES[name] else None
            if holder and re.search(r"^ph$|hasher|argon", holder, re.I) and name == "verify" and len(node.args) > 1:
                given = node.args[1]  # argon2-cffi takes the hash first
            if given is None:
                continue
            more = self.more_than_a_password(given, module, node)
            if more:
                self.guess("hashing", f"Passwords are not hashed as they are typed, `{more}`: no old password would work at Keyhold, and no new one there", f"{module.name}:{node.lineno}")

    def find_peppers(self):
        """What libraries put around passwords by themselves, and what the names of settings and other languages say."""
        for module in self.modules:
            for node in ast.walk(module.tree):
                dotted = [one.name for one in node.names] if isinstance(node, ast.Import) else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                if any(name.split(".")[0] == "flask_security" for name in dotted) and not self.says_yes("SECURITY_PASSWORD_SINGLE_HASH"):
                    return self.pepper("Flask-Security puts an HMAC with SECURITY_PASSWORD_SALT around passwords before it hashes them", f"{module.name}:{node.lineno}")
        if self.says_yes("BCRYPT_HANDLE_LONG_PASSWORDS"):
            module, _, node = next(one for one in self.config_items() if one[1] == "BCRYPT_HANDLE_LONG_PASSWORDS")
            return self.pepper("Flask-Bcrypt hashes passwords with SHA-256 before it hashes them, as BCRYPT_HANDLE_LONG_PASSWORDS says", f"{module.name}:{node.lineno}")
        for name, (value, where) in self.env.all().items():
            if re.search(r"(^|_)PEPPER(_|$)", name, re.I) and value:
                return self.pepper(f"Something is put around passwords before they are hashed, as {name} says", where)
        if self.node_packages():
            self.find_peppers_of_node()
        return None

    def says_yes(self, name):
        return any(self.evaluator.or_none(node, module, {}) is True for module, called, node in self.config_items() if called == name)

    def pepper(self, why, where):
        if not any(guess["what"] == "hashing" for guess in self.guesses):
            self.guess("hashing", f"{why} ({where}): no old password would work at Keyhold, and no new one there", where)

    def find_peppers_of_node(self):
        """By the text alone, as JavaScript is not parsed: what bcrypt and argon2 are handed, if it is more than a name."""
        left = 500  # files
        for place, folders, names in os.walk(self.folder):
            folders[:] = sorted(name for name in folders if name not in SKIPPED)  # noqa: F821 it stands behind (find.py)
            for name in sorted(names):
                path = os.path.join(place, name)
                if not name.endswith((".js", ".ts", ".mjs", ".cjs", ".mts")) or re.search(r"\.(test|spec|min)\.", name) or not os.path.isfile(path) or os.path.getsize(path) > 200_000:
                    continue
                left -= 1
                if left < 0:
                    return
                text = self.text_of(path)
                if found := OF_NODE_HASH.search(text):
                    where = f"{os.path.relpath(path, self.folder)}:{text.count(chr(10), 0, found.start()) + 1}"
                    return self.pepper(f"Passwords are not hashed as they are typed, `{' '.join(found[0].split())}`", where)

    def find_small_letters(self):
        """Keyhold writes names and addresses as they are typed."""
        for module, node in self.evaluator.calls("lower", "casefold"):
            if isinstance(node.func, ast.Attribute) and not node.args and re.search(r"(^|\.|\[')(e?mail|username|user_name|login|normalized_email)('\])?(\.strip\(\))?$", ast.unparse(node.func.value)):
                return self.guess("small_letters", f"The application looks people up in small letters ({module.name}:{node.lineno}), and Keyhold writes names as they are typed: who registers at Keyhold with a capital is not found there. --no-registration avoids it", f"{module.name}:{node.lineno}")
        return None

    def more_than_a_password(self, given, module, call):
        """The expression, if something is added to the password or it is hashed before."""
        function = module.function_around(call)
        local = self.evaluator.own_names(function, module) if function else {}
        for _ in range(8):
            if isinstance(given, ast.Name) and isinstance(one := local.get(given.id), ast.AST) and not isinstance(one, Lost):
                given = one
            elif isinstance(given, ast.Call) and isinstance(given.func, ast.Attribute) and given.func.attr in ("encode", "get_secret_value", "strip") and not (given.func.attr == "encode" and "base64" in ast.unparse(given.func.value)):
                given = given.func.value
            elif isinstance(given, ast.Subscript) and isinstance(given.slice, ast.Slice):
                given = given.value
            elif isinstance(given, ast.Call) and isinstance(given.func, ast.Name) and given.func.id in ("str", "bytes") and given.args:
                given = given.args[0]
            else:
                break
        if isinstance(given, (ast.BinOp, ast.JoinedStr)):
            return ast.unparse(given)
        if isinstance(given, ast.Call) and re.search(r"sha\d|md5|hmac|pbkdf|b64|hexdigest|digest|blake|pepper", ast.unparse(given), re.I):
            return ast.unparse(given)
        return ""
