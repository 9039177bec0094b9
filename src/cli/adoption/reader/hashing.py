# SPDX-License-Identifier: Apache-2.0
# Whether an application hashes passwords as they are. What puts a pepper or a digest of its own around them writes hashes
# that look like any other, and no password fits them here.
import ast
import re

HASHES = {"hash": 0, "hashSync": 0, "compare": 0, "compareSync": 0, "encrypt": 0, "hashpw": 0, "generate_password_hash": 0, "verify": 0, "verify_password": 0, "checkpw": 0, "check_password_hash": 1, "verify_and_update": 0}
MAKE_CONTEXTS = re.compile(r"(^|\.)(CryptContext|LazyCryptContext|PasswordHasher|PasswordHash|Bcrypt|Argon2Hasher|BcryptHasher)$")
DIGEST = re.compile(r"sha\d|md5|hmac|pbkdf|b64|hexdigest|digest|blake|pepper", re.I)
# Of a function that is in no file that was read.
PREPARES = re.compile(r"pre_?hash|prepare|salt", re.I)
KEEPS = ("encode", "decode", "get_secret_value", "strip")
CHANGES = ("lower", "upper", "casefold", "swapcase", "title", "replace", "translate")
THREADS = ("to_thread", "run_in_threadpool", "run_in_executor", "run_sync")
OF_PASSWORD = re.compile(r"pass|pwd|plain|secret|^p(w|sw)?$", re.I)
MOST_HELPERS = 6  # functions and names between a password and its hash
HOLDERS = re.compile(r"pwd|passw|context|crypt|bcrypt|argon|hasher|^ph$|werkzeug|security", re.I)


class HashFinder:
    """The part of Finder (find.py) that is about passwords, and about how names are looked up."""
    def find_hashing(self):
        self.find_small_letters()
        self.find_peppers()
        for module, call, name, given in self.hash_calls():
            function = module.function_around(call)
            found = self.change_of(given, module, function, MOST_HELPERS) or self.change_by_callers(given, module, function, MOST_HELPERS)
            if not found and module.is_node and name in ("hash", "verify") and any(getattr(key, "value", "") == "secret" for one in call.args if isinstance(one, ast.Dict) for key in one.keys):
                found = call, module, False  # argon2's, which is put around passwords
            if found:
                changed, home, is_by_caller = found
                where = f"{home.name}:{changed.lineno}" if is_by_caller else f"{module.name}:{call.lineno}"
                if self.is_for_long_ones(changed, home):
                    self.guess("long_passwords", f"Passwords that are too long for the hash are changed before they are hashed, `{ast.unparse(changed)}`: of those no old one would work at Keyhold, and no new one there", where)
                else:
                    self.guess("hashing", f"Passwords are not hashed as they are typed, `{ast.unparse(changed)}`: no old password would work at Keyhold, and no new one there", where)

    def hash_calls(self):
        """(module, call, the function's name, what is hashed or compared)."""
        contexts, aliases = self.names_of_contexts()

        def is_holder(text):
            return bool(HOLDERS.search(text)) or text.rsplit(".", 1)[-1] in contexts
        for module, node in [*self.evaluator.calls(*HASHES), *self.evaluator.calls(*aliases), *self.evaluator.calls(*THREADS)]:
            function, args = node.func, node.args
            name = function.attr if isinstance(function, ast.Attribute) else function.id
            if name in THREADS:  # run_in_threadpool(pwd_context.hash, password)
                at = next((at for at, one in enumerate(args) if isinstance(one, ast.Attribute) and one.attr in HASHES), None)
                if at is None:
                    continue
                function, args, name = args[at], args[at + 1:], args[at].attr
            elif name in aliases:
                function, name = aliases[name], aliases[name].attr
            holder = ast.unparse(function.value) if isinstance(function, ast.Attribute) else ""
            if module.is_node and (package := self.package_of(function, module)):
                holder = package[0]  # as of `import { compare } from "bcrypt"`
            if holder and not is_holder(holder) or not holder and name not in ("generate_password_hash", "check_password_hash", "hashpw", "checkpw"):
                continue
            words = {word.arg: word.value for word in node.keywords}
            given = args[HASHES[name]] if len(args) > HASHES[name] else next((words[word] for word in ("secret", "password", "plain_password") if word in words), None)
            if holder and re.search(r"^ph$|hasher|argon", holder, re.I) and name == "verify" and len(args) > 1:
                given = args[1]  # argon2-cffi takes the hash first
            if given is not None:
                yield module, node, name, given

    def names_of_contexts(self):
        """What objects are called that hash, and functions that are another name of one of theirs."""
        contexts, aliases = set(), {}
        for _ in range(2):
            for module in self.modules:
                for node in ast.walk(module.tree):
                    if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
                        continue
                    names = {ast.unparse(target).rsplit(".", 1)[-1] for target in targets_of(node)}
                    text = ast.unparse(node.value.func if isinstance(node.value, ast.Call) else node.value)
                    if isinstance(node.value, ast.Call) and MAKE_CONTEXTS.search(text) or isinstance(node.value, (ast.Name, ast.Attribute)) and text.rsplit(".", 1)[-1] in contexts:
                        contexts |= names
                    elif isinstance(node.value, ast.Attribute) and node.value.attr in HASHES and (HOLDERS.search(text) or ast.unparse(node.value.value).rsplit(".", 1)[-1] in contexts):
                        aliases |= {name: node.value for name in names}
        return contexts, aliases

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
        return None

    def says_yes(self, name):
        return any(self.evaluator.or_none(node, module, {}) is True for module, called, node in self.config_items() if called == name)

    def pepper(self, why, where):
        if not any(guess["what"] == "hashing" for guess in self.guesses):
            self.guess("hashing", f"{why} ({where}): no old password would work at Keyhold, and no new one there", where)

    def find_small_letters(self):
        """Keyhold writes names and addresses as they are typed."""
        for module, node in self.evaluator.calls("lower", "casefold"):
            if isinstance(node.func, ast.Attribute) and not node.args and re.search(r"(^|\.|\[')(e?mail|username|user_name|login|normalized_email)('\])?(\.strip\(\))?$", ast.unparse(node.func.value)):
                return self.guess("small_letters", f"The application looks people up in small letters ({module.name}:{node.lineno}), and Keyhold writes names as they are typed: who registers at Keyhold with a capital is not found there. --no-registration avoids it", f"{module.name}:{node.lineno}")
        return None

    # What becomes of a password until it is hashed.

    def change_of(self, node, module, function, depth):
        """(the expression that changes it, its module, False), in this function and in those that it calls; or nothing."""
        if depth == 0 or node is None:
            return None
        if isinstance(node, ast.Name):
            for value in self.given_to(node, module, function):
                if found := self.change_of(value, module, function, depth - 1):
                    return found
            return None
        if isinstance(node, (ast.Await, ast.NamedExpr)):
            return self.change_of(node.value, module, function, depth)
        if isinstance(node, (ast.IfExp, ast.BoolOp)):
            parts = [node.body, node.orelse] if isinstance(node, ast.IfExp) else node.values
            return next((found for one in parts if (found := self.change_of(one, module, function, depth))), None)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            return (node, module, False) if node.slice.step is not None else self.change_of(node.value, module, function, depth)
        if isinstance(node, ast.BinOp) or isinstance(node, ast.JoinedStr) and len(node.values) > 1:
            return node, module, False
        if isinstance(node, ast.JoinedStr):
            return self.change_of(getattr(node.values[0], "value", None), module, function, depth) if node.values else None
        return self.change_by_call(node, module, function, depth) if isinstance(node, ast.Call) else None

    def change_by_call(self, node, module, function, depth):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        first = node.args[0] if node.args else None
        if isinstance(node.func, ast.Attribute) and name in KEEPS and not (name in ("encode", "decode") and "base64" in ast.unparse(node.func.value)):
            return self.change_of(node.func.value, module, function, depth)
        if isinstance(node.func, ast.Name) and name in ("str", "bytes", "bytearray"):
            return self.change_of(first, module, function, depth)
        if isinstance(node.func, ast.Attribute) and (name == "format" and isinstance(node.func.value, ast.Constant) and node.func.value.value != "{}"
                                                     or name == "join" and isinstance(first, (ast.List, ast.Tuple)) and len(first.elts) > 1 or name in CHANGES):
            return node, module, False
        if DIGEST.search(ast.unparse(node)):
            return node, module, False
        handed = [one for one in [*node.args, *[word.value for word in node.keywords]] if not isinstance(one, ast.Constant)]
        for home, called in self.called_by(node, module) if handed else []:  # or it makes one up, as generate_password(12)
            for one in ast.walk(called):
                if isinstance(one, ast.Return) and home.function_around(one) is called and (found := self.change_of(one.value, home, called, depth - 1)):
                    return found
            return self.change_of(handed[0], module, function, depth - 1)
        if isinstance(node.func, ast.Name) and handed and PREPARES.search(name) and name in module.imports:
            return node, module, False
        return None

    def given_to(self, name, module, function):
        """What a name was given before this line, wherever in its function; or in its module."""
        if function is None or name.id in self.parameters_of(function) or name.id in names_given(function.body):
            return [one.value for one in ast.walk(function or module.tree) if isinstance(one, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and one.value is not None and one.lineno <= name.lineno
                    and not any(inner is name for inner in ast.walk(one.value)) and any(isinstance(target, ast.Name) and target.id == name.id for target in targets_of(one))]
        return []

    def parameters_of(self, function):
        return [one.arg for one in [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]]

    def called_by(self, call, module):
        """(module, function) of the application that a call is of: by its name, of this class, or the one method that is called so."""
        if isinstance(call.func, ast.Name):
            found = self.evaluator.function_or_class(call.func.id, module)
            return [found] if isinstance(found, tuple) else []
        if not isinstance(call.func, ast.Attribute):
            return []
        found = [(other, one) for other in self.modules if call.func.attr in other.defined for one in ast.walk(other.tree) if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)) and one.name == call.func.attr]
        own = next((one for one in module.around(call) if isinstance(one, ast.ClassDef)), None) if ast.unparse(call.func.value) in ("self", "cls") else None
        of_class = [(other, one) for other, one in found if own is not None and other is module and any(one is item for item in own.body)]
        return (of_class or found)[:1] if of_class or len(found) == 1 else []

    def change_by_callers(self, node, module, function, depth):
        """Where what is hashed is a parameter: what callers put around a password. Those that make one up, as f"user{n}", are passed over."""
        if depth == 0 or function is None:
            return None
        names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
        names = self.with_what_makes_them(function, names)
        parameters = self.parameters_of(function)
        for name in [one for one in parameters if one in names]:
            for other, call in self.evaluator.calls(function.name):
                if not self.leads_to(other, call, module, function):
                    continue
                at = parameters.index(name) - (parameters[:1] in (["self"], ["cls"]) and isinstance(call.func, ast.Attribute))
                given = next((word.value for word in call.keywords if word.arg == name), call.args[at] if 0 <= at < len(call.args) else None)
                outer = other.function_around(call)
                found = self.change_of(given, other, outer, depth - 1) if given is not None else None
                if found and any(isinstance(one, (ast.Name, ast.Attribute)) and OF_PASSWORD.search(getattr(one, "id", getattr(one, "attr", ""))) for one in ast.walk(found[0])):
                    return found[0], found[1], True
                if given is not None and not found and (found := self.change_by_callers(given, other, outer, depth - 1)):
                    return found
        return None

    def is_for_long_ones(self, node, module):
        """`if len(password) > 72: ...`"""
        return any(isinstance(one, (ast.If, ast.IfExp)) and re.search(r"\blen\(", ast.unparse(one.test)) for one in module.around(node))
