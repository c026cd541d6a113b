"""The exports of other systems are read as they are: made-up people, the real columns."""

import pytest

from digest.errors import InputError

MAILCHIMP = (
    "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,"
    "TIMEZONE,CC,REGION,{}LAST_CHANGED,LEID,EUID,NOTES,TAGS\n"
)


def test_mailchimp_subscribed(load, everybody):
    content = MAILCHIMP.format("") + (
        'ann@example.org,Ann,Smith,2,,,"2024-05-01 10:00:00",192.0.2.1,Europe/Berlin,de,be,'
        '"2024-05-01 10:00:00",1,a1,"[{""note"":""call\nbob@example.org,x""}]","""friends"""\n'
    )
    report = load(content, name="subscribed_members_export_1a2b.csv")
    assert (report.system, report.added, report.refused) == ("Mailchimp", 1, 0)
    (ann,) = everybody().values()
    assert (ann.name, ann.preferences.schedule.timezone) == ("Ann Smith", "Europe/Berlin")


@pytest.mark.parametrize(
    ("columns", "cells", "kind"),
    [
        (
            "UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER,",
            "2024-06-01 10:00:00,May,1,NORMAL,,",
            "unsubscribed",
        ),
        (
            "CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID,",
            "2024-06-01 10:00:00,May,1,",
            "bounced",
        ),
    ],
)
def test_mailchimp_unsubscribed_and_cleaned(load, everybody, columns, cells, kind):
    row = f"ann@example.org,Ann,Smith,2,,,2024-05-01,192.0.2.1,,,,{cells}2024-06-01,1,a1,,\n"
    report = load(MAILCHIMP.format(columns) + row)
    assert (report.system, report.refused_by) == ("Mailchimp", {kind: 1})
    assert everybody() == {}


def test_mailchimp_who_never_confirmed(load):
    content = MAILCHIMP.format("") + "ann@example.org,Ann,,2,,,,,,,,2024-05-01,1,a1,,\n"
    assert load(content).refused_by == {"not subscribed": 1}


def test_listmonk(load, everybody):
    rows = [
        "uuid,email,name,attributes,status,created_at,updated_at",
        '1,ann@example.org,Ann,"{""city"": ""Ulm""}",enabled,2024-05-01,2024-05-01',
        "2,bob@example.org,Bob,{},blocklisted,2024-05-01,2024-05-01",
        "3,cid@example.org,Cid,{},disabled,2024-05-01,2024-05-01",
    ]
    report = load("\n".join(rows))
    assert (report.system, list(everybody())) == ("listmonk", ["ann@example.org"])
    assert report.refused_by == {"blocklisted": 1, "deleted or disabled": 1}


@pytest.mark.parametrize(
    "content",
    [
        "Ann Smith <ann@example.org>\nbob@example.org\n\n=?utf-8?q?X?= <nobody>\n",
        "<ann@example.org>\r\nbob@example.org\r\nnobody\r\n",
        '"Smith, Ann" <ann@example.org>;\nBob <bob@example.org>;\nA <a@b.org>, C <c@d.org>\n',
    ],
)
def test_mailman_members(load, everybody, content):
    report = load(content)
    assert (report.added, report.refused_by) == (2, {"not a mail address": 1})
    assert list(everybody()) == ["ann@example.org", "bob@example.org"]
    assert report.form == "a list of addresses, UTF-8"


def test_mailman_members_with_options(load, everybody):
    rows = [
        "Full Name,Email,Mod,Hide,Nomail,Ack,Digest,Plain,Language",
        "Ann Smith,ann@example.org,off,off,off,off,off,on,en",
        "Bob,bob@example.org,off,off,[B] on,off,off,on,en",
        "Cid,cid@example.org,off,off,on,off,off,on,en",
    ]
    report = load("\n".join(rows))
    assert list(everybody()) == ["ann@example.org"]
    assert report.refused_by == {"unsubscribed": 2}


def test_buttondown(load, everybody):
    rows = [
        "email,notes,metadata,tags,referrer_url,creation_date,type,source,unsubscription_date,"
        "unsubscription_reason,undeliverability_date,undeliverability_reason,bounce_date,churn_date",
        "ann@example.org,,{},,,2024-05-01,regular,organic,,,,,2024-05-02,",
        "bob@example.org,,{},,,2024-05-01,unsubscribed,organic,2024-06-01,,,,,",
        "cid@example.org,,{},,,2024-05-01,past_due,organic,,,,,,2024-05-09",
        "dan@example.org,,{},,,2024-05-01,unactivated,organic,,,,,,",
        "eve@example.org,,{},,,2024-05-01,regular,organic,,,2024-06-01,hard,,",
        "fay@example.org,,{},,,2024-05-01,complained,organic,,,,,,",
    ]
    report = load("\n".join(rows))
    assert report.system == "Buttondown"
    assert list(everybody()) == ["ann@example.org", "cid@example.org"]
    assert report.refused_by == {
        **{"unsubscribed": 1, "never confirmed": 1, "bounced": 1, "complained": 1}
    }


def test_substack_readers_who_pay_nothing_are_readers(load, everybody):
    rows = [
        "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at",
        "ann@example.org,false,,other,false,2024-05-01T00:00:00.000Z,",
        "bob@example.org,true,2027-07-01T00:00:00.000Z,yearly,false,2024-05-01T00:00:00.000Z,",
        "cid@example.org,false,,other,true,2024-05-01T00:00:00.000Z,",
    ]
    report = load("\n".join(rows))
    assert report.system == "Substack"
    assert list(everybody()) == ["ann@example.org", "bob@example.org"]
    assert report.refused_by == {"unsubscribed": 1}


def test_substack_table_of_the_dashboard(load):
    rows = [
        "Email,Name,Type,Stripe plan,Cancel date,Start date,Activity,Revenue",
        "ann@example.org,Ann,,free,,2024-05-01,4,0",
    ]
    report = load("\n".join(rows))
    assert (report.system, report.added) == ("Substack", 1)


def test_keila(load, everybody):
    rows = [
        "Email,First name,Last name,Data,Status,External ID",
        'ann@example.org,Ann,Smith,"{""a"":1}",active,',
        "bob@example.org,Bob,,,unsubscribed,7",
        "cid@example.org,Cid,,,unreachable,",
    ]
    report = load("\r\n".join(rows))
    assert (report.system, [one.name for one in everybody().values()]) == ("Keila", ["Ann Smith"])
    assert report.refused_by == {"unsubscribed": 1, "bounced": 1}


def test_ghost(load, everybody):
    rows = [
        "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,"
        "deleted_at,labels,tiers",
        "1,ann@example.org,Ann,,true,false,,2024-05-01T10:00:00.000Z,,friends,",
        "2,bob@example.org,Bob,,false,false,,2024-05-01T10:00:00.000Z,,,",
        "3,cid@example.org,Cid,,true,true,cus_1,2024-05-01T10:00:00.000Z,2024-06-01,,",
    ]
    report = load("\n".join(rows))
    assert (report.system, list(everybody())) == ("Ghost", ["ann@example.org"])
    assert report.refused_by == {"not subscribed": 1, "deleted or disabled": 1}


def test_an_expiry_that_is_not_about_paying_stops_the_import(load):
    with pytest.raises(InputError, match="'Expiry' may say"):
        load("email,Expiry\nann@example.org,2024-01-01\n")


@pytest.mark.parametrize(
    ("name", "addresses"),
    [
        ("f01-multiline.csv", ["ann@example.org", "cat@example.org"]),
        ("f02-status.csv", ["ann@example.org"]),
        ("f03-semicolon.csv", ["ann@example.org"]),
        ("f03-sep-line.csv", ["ann@example.org"]),
        ("f03-tab-utf16.csv", ["ann@example.org"]),
        ("f04-language.csv", ["ann@example.org", "bob@example.org"]),
    ],
)
def test_the_small_files_that_failed_before(load, everybody, shared, name, addresses):
    load((shared / "inputs" / name).read_bytes())
    assert list(everybody()) == addresses
    if name.startswith("f03-semicolon"):
        assert everybody()["ann@example.org"].name == "Ann Müller"
