# SPDX-License-Identifier: Apache-2.0
# TypeScript's types, which are passed over: they say nothing of what is run.
LONGEST_TYPE = 200  # tokens


class NodeTypes:
    """The part of NodeParser (node_statements.py) that finds where a type ends."""
    def pass_type(self, at, is_of_arrow=False):
        """Behind the type that begins here. Of what an arrow function gives, its own arrow is the next."""
        for _ in range(LONGEST_TYPE):
            while self.kinds[at] == "word" and self.texts[at] in ("keyof", "typeof", "readonly", "unique", "infer", "asserts", "new", "abstract") or self.kinds[at] == "mark" and self.texts[at] in ("|", "&", "-"):
                at += 1
            if at in self.ends:
                at = self.end_of(at)
            elif self.kinds[at] in ("word", "string", "number", "template"):
                at += 1
                while self.kinds[at] == "mark" and self.texts[at] == "." and self.kinds[at + 1] == "word":
                    at += 2
            else:
                raise NotRead("a type is not understood")  # noqa: F821
            if self.texts[at] == "<" and self.kinds[at] == "mark":
                at = self.pass_angles(at)
            while self.texts[at] == "[" and self.kinds[at] == "mark" and not self.breaks[at]:
                at = self.end_of(at)
            if not (self.kinds[at] == "mark" and self.texts[at] in (("|", "&") if is_of_arrow else ("|", "&", "=>")) or self.kinds[at] == "word" and self.texts[at] in ("is", "extends") and not self.breaks[at]):
                return at
            at += 1
        raise NotRead("a type is too long")  # noqa: F821

    def pass_angles(self, at, or_none=False):
        """Behind the `>` of this `<`, where nothing but types stands between."""
        depth = 0
        for _ in range(LONGEST_TYPE):
            kind, text = self.kinds[at], self.texts[at]
            if at in self.ends:
                at = self.end_of(at)
                continue
            if kind == "mark" and text in ("<", ">", ">>", ">>>"):
                depth += 1 if text == "<" else -len(text)
                if depth <= 0:
                    return at + 1
            elif kind == "end" or kind == "mark" and text not in (",", "|", "&", ".", "=>", ":", "?", "=", "-", "..."):
                break
            at += 1
        if or_none:
            return None
        raise NotRead("a type is not closed")  # noqa: F821

    def pass_type_statement(self, end):
        """Types say nothing of what is run. An enumeration is not followed."""
        begin, at = self.at, self.at
        while at < end and not (at > begin and self.texts[at] == ";" and self.kinds[at] == "mark"):
            if at > begin + 1 and self.breaks[at] and self.texts[at] not in ("|", "&", "=", "?", ":", "{") and self.texts[at - 1] not in ("=", "|", "&", "?", ":", "=>"):
                break
            is_body = self.texts[at] == "{" and self.text() != "type"
            at = self.end_of(at) if at in self.ends else at + 1
            if is_body:
                break
        self.at = at
