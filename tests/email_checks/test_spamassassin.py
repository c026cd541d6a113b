"""SpamAssassin with the rules that Debian ships; docs/why/checks.md has the scores."""

SPF = {"SPF_PASS", "SPF_HELO_PASS"}
DKIM = {"DKIM_SIGNED", "DKIM_VALID", "DKIM_VALID_AU", "DKIM_VALID_EF"}
# What costs something without telling of a fault: a signature (its validity takes that back at
# once) and HTML at all.
INNOCENT = {"DKIM_SIGNED", "HTML_MESSAGE"}
MOST = -1.0
# Only MAILING_LIST_MULTI is worth more than 0.1 here, and it wants the list headers, which RFC 2369
# keeps out of a mail that is of no list.
MOST_OF_SINGLE = -0.2


def test_spamassassin_finds_nothing_bad(name, mail, spamassassin, record_property):
    said = spamassassin(name)
    rules = said["rules"]
    shown = ", ".join(f"{rule} {score:g}" for rule, score in sorted(rules.items()))
    record_property(f"SpamAssassin  {name:24} {said['score']:6.2f}", shown)
    assert {rule for rule, score in rules.items() if score > 0} <= INNOCENT
    expected = SPF | {"DMARC_PASS"} | (DKIM if mail.keys else set())
    assert expected <= rules.keys()
    assert ("MAILING_LIST_MULTI" in rules) == mail.is_list
    assert said["score"] <= (MOST if mail.is_list else MOST_OF_SINGLE)


def test_a_broken_signature_is_seen(kept, spamassassin):
    file = kept("full ten en")
    changed = file.read_bytes().replace(b"Subject: ", b"Subject: !")
    file.with_name("broken.eml").write_bytes(changed)
    rules = spamassassin("broken")["rules"]
    assert "DKIM_INVALID" in rules
    assert "DKIM_VALID" not in rules
