"""What a password must be: long, and not easily guessed by whoever knows the address.

NIST SP 800-63B, section 3.1.1.2: length and a list of those that others try first; no rules about
letters and digits, and no change without a cause.
"""

SHORTEST, LONGEST = 12, 200
# Parts of what is tried first; a password that is one of them over and over is none.
_COMMON = (
    *("password", "passwort", "qwertz", "qwerty", "abc", "letmein", "welcome", "admin", "digest"),
    *("iloveyou", "monkey", "dragon", "changeme", "secret", "login", "master", "hello"),
)


def mistake(password: str, address: str) -> str:
    """Say what is wrong with a password for an account; empty when it will do."""
    if len(password) < SHORTEST:
        return f"A password has at least {SHORTEST} characters."
    if len(password) > LONGEST:
        return f"A password has at most {LONGEST} characters."
    rest = password.casefold()
    for part in (*address.casefold().split("@"), *_COMMON):
        if len(part) > 2:
            rest = rest.replace(part, "")
    if len(set(_letters(rest))) < 5:
        return "This password is easily guessed. Take a few words that do not belong together."
    return ""


def _letters(text: str) -> str:
    """Leave out digits and marks: they are what people add to a word."""
    return "".join(each for each in text if each.isalpha()) or text[:4]
