"""Text of strangers on one line of a terminal: what could steer it is shown, not obeyed."""

import re

# Controls (C0, DEL, C1: ESC, newlines and CSI among them), line and paragraph separators, the marks
# that turn the direction of whatever follows them (Unicode Standard Annex 9, section 2), and halves
# of surrogate pairs, which stand for the bytes of a file name that is no UTF-8.
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_IN_JSON = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    r"""Return the text on one line, with an escape such as `\x1b` for what steers a terminal."""
    return _STEERING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def printable_json(text: str) -> str:
    r"""Return the same JSON value with `\u009b` and the like for what JSON need not escape."""
    return _IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
