# SPDX-License-Identifier: Apache-2.0
# Of which kind a token is. Links by mail, refresh tokens and those that wait for a second factor are signed where access
# tokens are, often with the same key (RFC 8725 §3.12).
import ast
import re

LOG_IN_NAME = re.compile(r"log_?in|sign_?in|access|authenticat|(^|_)auth(_|$)|^token$|bearer", re.I)
OTHER_NAME = re.compile(r"refresh|reset|verif|confirm|invit|e?mail|link|activat|magic|unsubscri|csrf|(^|_)state(_|$)|download|share|forgot|recover|preview|password_?token|register_?token", re.I)
OTHER_CLAIM = re.compile(r"refresh|reset|confirm|invit|activat|forgot|recover|new_?password", re.I)
NO_SECRET = re.compile(r"refresh|reset|client|csrf|session|cookie|google|github|aws|stripe|webhook|verif|test|oauth|s3|superuser|e?mail|confirm|invit", re.I)
MARKS = ("type", "token_type", "typ", "token_use", "use", "purpose", "kind")
ACCESS = ("access", "access_token", "bearer")
# Of names in small letters with _ between their words. Such a token is of somebody who has shown a password, and nothing else yet.
HALF = re.compile(r"(^|_)(mfa|2_?fa|tfa|two_?factor|second_?factor|first_?factor|t?otp|pending|temp|temporary|partial|challenge|step(_?(up|one|two|\d+))?|pre_?auth\w*|set_?up|intermediate|interim)(_|\d|$)")
# A yes in such a claim says that nothing is left to be shown; in such another, that something is.
IS_DONE = re.compile(r"(^|_)(verified|passed|done|completed?|ok|satisfied|authenticated|success|succeeded|confirmed|checked|validated|valid)(_|$)")
IS_LEFT = re.compile(r"(^|_)(pending|requires?|required|needed|needs|temp|temporary|partial|challenge|pre_?auth\w*|set_?up|refresh\w*|reset\w*|forgot\w*|intermediate|interim)(_|$)")
# What is known of somebody, and how somebody has logged in: not what is left to do.
IS_FACT = re.compile(r"(^|_)(has|enabled|configured|methods?|at)(_|$)|^(amr|acr)$")
MAKES = re.compile(r"^_*(create|make|generate|issue|encode|build|mint)_")
# Of a function that is called once a second factor was shown.
COMPLETES = re.compile(r"(^|_)(verif\w*|confirm\w*|check|complete|finish|validate|log_?in|sign_?in|auth\w*|submit|exchange|after)(_|$)")


def in_words(name):
    """"mfaToken" -> "mfa_token"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|-", "_", name).lower()


class Kinds:
    """The part of Makers (makers.py) that says which tokens are access tokens."""
    def judge(self, token):
        names = [name for name in token.scope.names if name]
        said = [(name, self.text_claim(*token.claims[name])) for name in (*MARKS, "scope", "scopes") if name in token.claims]
        marks = [text.lower() for name, text in said if text and (name in MARKS or text.lower() in ACCESS or OTHER_NAME.search(text) or HALF.search(in_words(text)))]
        token.mark = marks[0] if marks else None
        is_other = any(OTHER_NAME.search(name) and "access" not in name.lower() for name in names)
        if self.is_half(token, names, marks):
            token.kind, token.is_half = "other", True
        elif marks and all(mark in ACCESS for mark in marks):
            token.kind = "access"
        elif any(OTHER_NAME.search(mark) for mark in marks) or any(OTHER_CLAIM.search(name) and not self.is_done(name, *token.claims[name]) for name in token.claims) or NO_SECRET.search(self.key_names(token)):
            token.kind = "other"
        elif is_other:
            token.kind = "doubtful" if any("access" in name.lower() for name in names) else "other"
        elif marks:
            token.kind = "custom"
        elif any(LOG_IN_NAME.search(name) for name in names):
            token.kind = "access"

    def is_half(self, token, names, marks):
        """Whether it waits for a second factor, by its marks, its claims, or what it is called."""
        if any(HALF.search(in_words(mark)) for mark in marks):
            return True
        if marks and all(mark in ACCESS for mark in marks):
            return False
        functions = {name for module in self.modules for name in module.defined}
        called = next((in_words(name) for name in reversed(names) if name not in functions), "")
        is_called_access = bool(re.search("access|bearer", called)) and not HALF.search(called)
        for name, (node, scope) in token.claims.items():
            text, words = self.text_claim(node, scope), in_words(name)
            if text and HALF.search(in_words(text)) and not IS_DONE.search(in_words(text)) and not IS_FACT.search(words):
                return True
            if HALF.search(words) and not IS_FACT.search(words):
                done = self.is_done(name, node, scope)
                if done is False or done is None and isinstance(self.fixed(node, scope), bool) and not is_called_access:
                    return True
        if HALF.search(called) and called != "temp":
            return True
        return any(HALF.search(name) and (MAKES.search(name) or not COMPLETES.search(name) and not is_called_access) for name in map(in_words, names) if name != called)

    def left_of(self, name):
        """What a claim says while something is left to be shown, a yes or a no; None where its name does not tell."""
        words = in_words(name)
        is_left, is_done = bool(IS_LEFT.search(words)), bool(IS_DONE.search(words))
        return is_left if is_left != is_done else None

    def is_done(self, name, node, scope):
        """Whether a claim says that nothing is left to be shown; None where that depends on the run, or is not understood."""
        value, left = self.fixed(node, scope), self.left_of(name)
        if isinstance(value, bool):
            return None if left is None else value != left
        if value is None:
            return isinstance(node, ast.Constant) or None
        return isinstance(value, str) and bool(IS_DONE.search(in_words(value)) or value.lower() in ("no", "none", "off", "false"))

    def says_kind(self, name):
        """Whether claims of this name tell kinds of tokens apart, so that it counts what one says."""
        return bool(OTHER_CLAIM.search(name) or HALF.search(in_words(name)) and not IS_FACT.search(in_words(name)))

    def rule_of_kind(self, name, tokens):
        """What such a claim has to say, as old_token_claims has it; nothing where that cannot be told, or differs."""
        said = set()
        for token in tokens:
            node, scope = token.claims.get(name, (None, None))
            value = self.fixed(node, scope) if node is not None else None
            if value is None and node is not None and not isinstance(node, ast.Constant) and self.left_of(name) is not None:
                value = not self.left_of(name)  # it depends on the run, as `user.has_totp` does
            said.add(str(value).lower() if isinstance(value, bool) else value)
        one = said.pop() if len(said) == 1 else None
        return f"{name}={one}" if isinstance(one, str) and re.fullmatch(r"[^,=\s]+", one) else None

    def find_half_tokens(self):
        """Where those that wait for a second factor cannot be told from access tokens, no old token is taken."""
        rules = [rule.partition("=")[::2] for rule in self.found.get("claims", ("", ""))[0].split(",") if rule]
        key = self.found.get("secret_key", (None, ""))[0]
        for token in [] if key is None or self.is_signed_otherwise else self.made or []:
            signs = self.evaluator.or_none(*self.in_place(token.key, token.scope)) if token.key is not None else None
            if token.is_half and (not isinstance(signs, str) or signs == key) and self.is_let_in(token, rules):
                self.note("old_tokens", "none", token.where)
                self.not_found.append((token.where, "old tokens: one that is made here for somebody who has yet to show a second factor says nothing that access tokens do not say, and would open Keyhold too: "
                                       "none is taken (old_tokens_until). Have it say so in a claim of its own, as {\"type\": \"mfa\"}, and adopt again"))
                return

    def is_let_in(self, token, rules):
        """As domain/adoption/old_tokens.cpp decides; what a token says besides what was understood is not counted on."""
        said = {name: self.fixed(*one) for name, one in token.claims.items()}
        for name, value in rules:
            if value == "*" and name not in said:
                return False
            if value not in ("", "*") and (name not in said or str(said[name]).lower() != value.lower() and said[name] is not None):
                return False
        named = {name for name, value in rules if value not in ("", "*") or name not in MARKS}
        marked = any(name in MARKS for name in said)
        return all(name in named or name in ("sub", "exp", "iat", "jti", "iss", "uid") or marked and name in ("nbf", "fresh", "csrf")
                   or name in MARKS and (text is None or str(text).lower() in ACCESS) for name, text in said.items())

    # What the application asks of tokens, and Keyhold's own do not say by themselves.

    def find_demands(self):
        if "secret_key" in self.found and not self.is_signed_otherwise:
            self.find_issuer()
            self.find_scope()

    def find_issuer(self):
        asked = [(word.value, module, call) for module, call in self.evaluator.calls("decode") if self.parts_of(module, call) for word in call.keywords if word.arg == "issuer"]
        asked += [(node, module, node) for module, name, node in self.config_items() if name == "JWT_DECODE_ISSUER"]
        asked += [(value, module, value) for module in self.modules if isinstance(given := module.names.get("SIMPLE_JWT"), ast.Dict) for key, value in zip(given.keys, given.values) if getattr(key, "value", "") == "ISSUER"]
        for node, module, place in [*asked, *self.node_issuers()]:
            if isinstance(node, ast.Constant) and node.value is None:
                continue
            issuer = self.evaluator.or_none(node, module, self.around(node, module))
            issuer = issuer if isinstance(issuer, str) and issuer else None
            where = f"{module.name}:{place.lineno}"
            self.guess("issuer", f"The application takes tokens of the issuer {issuer or '`' + ast.unparse(node) + '`'} alone ({where}), and Keyhold's own are of none: it would refuse them. --issuer {issuer if issuer and re.fullmatch(r'[A-Za-z0-9:/._-]+', issuer) else 'NAME'} says it", where)
            return

    def find_scope(self):
        """Tokens of Keyhold's say in `scope` what somebody may do; a word of the application's would be taken for a right."""
        for token in self.tokens():
            text = self.text_claim(*token.claims["scope"]) if "scope" in token.claims else None
            if text is None:
                continue
            where = next((f"{module.name}:{node.lineno}" for module in self.modules for node in ast.walk(module.tree) if isinstance(node, ast.Compare)
                          and any(isinstance(one, ast.Constant) and one.value == "scope" for one in ast.walk(node)) and any(isinstance(one, ast.Constant) and one.value == text for one in ast.walk(node))), "")
            says = f"its access tokens say {text} in `scope`, in which Keyhold's own say what somebody may do"
            if where:
                self.guess("scope", f"The application refuses tokens without {text} in `scope` ({where}), and Keyhold's own say there what somebody may do: it would refuse all of them. Have it ask for a claim of another name, as type: --token-claims type:{text} writes it", where)
            else:
                self.not_found.append((token.where, f"scope: {says}: if the application asks for that word, it refuses Keyhold's, until it asks for a claim of another name, as type, that --token-claims writes"))
            return

    def key_names(self, token):
        """What its key is called, also in the environment; not what it is."""
        if token.key is None:
            return ""
        node = self.resolved(token.key, token.scope)[0]
        node = node.values[0] if isinstance(node, ast.BoolOp) else node  # or a default
        if isinstance(node, ast.Call) and node.args:
            node = node.args[0]
        elif isinstance(node, ast.Subscript):
            node = node.slice
        said = ast.unparse(node) if isinstance(node, (ast.Name, ast.Attribute)) or isinstance(node, ast.Constant) and re.fullmatch(r"[A-Z_]+", str(node.value)) else ""
        return said + " " + (ast.unparse(token.key) if isinstance(token.key, (ast.Name, ast.Attribute)) else "")

    def text_claim(self, node, scope):
        """A claim's text, where it is always the same; nothing else."""
        value = self.evaluator.or_none(*self.in_place(node, scope))
        value = value[0] if isinstance(value, tuple) and len(value) == 1 else value
        return value if isinstance(value, str) else None

    def in_place(self, node, scope):
        return node, scope.module, self.evaluator.local_of(scope)

    def fixed(self, node, scope):
        """A claim's text, number or yes or no, where it is always the same; nothing else."""
        value = self.evaluator.or_none(*self.in_place(node, scope))
        return value if isinstance(value, (str, int, float)) else self.text_claim(node, scope)
