"""What the columns of mailing list exports are called, and what they mean.

The names are those of the exports of Mailchimp, listmonk, Mailman, Buttondown, Substack, Keila and
Ghost, and of what people write by hand. All are squeezed (`squeezed`).
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass

_BETWEEN = re.compile(r"[\W_]+")

# What a column may be taken as, beside the preferences.
EMAIL, NAME, FIRST_NAME, LAST_NAME = "email", "name", "first_name", "last_name"
STATUS = "status"  # a word, such as "active" or "bounced"
ALLOWED = "allowed"  # yes, true or a date for those who may be mailed
BARRED = "barred"  # filled for those who must not be mailed
PLAIN = ""  # says nothing about either


def squeezed(name: str) -> str:
    """Return a name as names are compared: "E-Mail Address" and "email_address" are the same."""
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", name).casefold())


def _each(text: str, meaning: str) -> dict[str, str]:
    return dict.fromkeys(text.split(), meaning)


PEOPLE: Mapping[str, str] = {
    **_each(
        "email mail emailaddress emailadresse mailadresse mailaddress subscriberemail "
        "contactemail useremail memberemail primaryemail adresseemail correoelectronico",
        EMAIL,
    ),
    **_each("name fullname displayname realname subscribername membername contactname", NAME),
    **_each("firstname fname givenname vorname prenom prénom", FIRST_NAME),
    **_each("lastname lname surname familyname nachname nomdefamille", LAST_NAME),
    **_each("lang locale mclanguage preferredlanguage sprache langue", "language"),
    **_each("tz zeitzone", "timezone"),
}

# A word that says how somebody stands.
STATUSES: Mapping[str, str] = _each(
    "status state subscriptionstatus subscriptionstate subscriberstatus subscribertype emailstatus "
    "memberstatus contactstatus liststatus userstatus mailstatus optinstatus optstatus "
    "deliverystatus emailmarketingstatus emailsubscriptionstatus newsletterstatus abostatus",
    STATUS,
)

# True, yes or a date for those who may be mailed.
PERMISSIONS: Mapping[str, str] = _each(
    "subscribed issubscribed subscribedtoemails subscribedtonewsletter emailsubscribed active "
    "isactive enabled isenabled emailenabled optin optedin hasoptedin isoptedin emailoptin "
    "optintime optindate optinat doubleoptin doubleoptinat doptin confirmed isconfirmed "
    "confirmedat confirmedon confirmtime confirmationdate dateconfirmed activatedat verified "
    "isverified verifiedat emailverified deliverable marketingconsent acceptsmarketing "
    "acceptsemailmarketing emailconsent consent consented gdprconsent gdpr dsgvo einwilligung "
    "permission emailpermission maymail canemail emailable",
    ALLOWED,
)

# Filled for those who must not be mailed, and what they are then.
_UNSUBSCRIBED = (
    "unsubscribed isunsubscribed unsubscribe unsub unsubtime unsubdate unsubscribedat "
    "unsubscribedon unsubscribedate unsubscribetime unsubscriptiondate unsubscriptionreason "
    "dateunsubscribed unsubreason unsubreasonother unsubcampaigntitle unsubcampaignid "
    "unsubscribereason optout optedout isoptedout hasoptedout optoutdate optouttime optoutat "
    "emailoptout hasoptedoutofemail donotmail donotemail donotcontact dnc nomail emaildisabled "
    "abgemeldet abgemeldetam ausgetragen leftat"
)
_BOUNCED = (
    "bounced isbounced bouncedat bounceddate bounce hardbounce hardbounced hardbouncedat "
    "softbounced cleaned iscleaned cleantime cleanedat cleancampaigntitle cleancampaignid "
    "undeliverable undeliverabledate undeliverabilitydate undeliverabilityreason undeliverableat "
    "unreachable invalid isinvalid invalidemail"
)
_BLOCKED = (
    "blocklisted isblocklisted blocklistedat blocklist emailblocklisted blacklisted isblacklisted "
    "blacklistedat blacklist emailblacklisted blocked isblocked blockedat banned isbanned "
    "suppressed issuppressed suppressedat suppression suppressionreason gesperrt rejected"
)
_COMPLAINED = (
    "complained complainedat complaint complaints complaintdate spam isspam spamcomplaint spammed "
    "markedasspam reportedspam abuse abusereport"
)
_GONE = (
    "deleted isdeleted deletedat deleteddate removed isremoved removedat disabled isdisabled "
    "disabledat deactivated deactivatedat inactive isinactive archived isarchived archivedat"
)
BARS: Mapping[str, str] = {
    **_each(_UNSUBSCRIBED, "unsubscribed"),
    **_each(_BOUNCED, "bounced"),
    **_each(_BLOCKED, "blocklisted"),
    **_each(_COMPLAINED, "complained"),
    **_each(_GONE, "deleted or disabled"),
    **_each("unconfirmed isunconfirmed unverified", "never confirmed"),
}

# These sound as if they said who may be mailed, and do not.
HARMLESS: Mapping[str, str] = _each(
    "subscribedat subscribedon subscribeddate subscriptiondate datesubscribed subscriberid "
    "subscriptionid subscriptionsource subscriberimport subscriberimportid unsubscribelink "
    "unsubscribeurl confirmip optinip activity lastactive lastactivity "
    "complimentaryplan smsblacklisted smsblocklisted smsoptin smsstatus",
    PLAIN,
)

# A column that is none of the above but sounds like it may say who must not be mailed.
TELLING = re.compile(
    "unsub|subscri|bounc|block|blackl|clean|suppress|opt(?:ed)?(?:in|out)|complain|spam|delet|"
    "disab|enabl|status|zustand|consent|permi|confirm|verif|valid|activ|deliverab|reach|nomail|"
    "remov|reject|banned|abus|expir|ablauf|cancel|kündig|gdpr|dsgvo|suspend|paused|churn|archiv|"
    "abgemeld|abmeld|austrag|gesperr|sperr|einwillig|zustimm|widerruf|widerspr|storni|erlaubt|"
    "freigabe|keinmail|désinscr|desinscr|désabonn|desabonn|^baja|donot|newsletter|mailing|"
    "marketing|agree|accept|allow|deliver|receive(?!d)|mailok|sende?mail|mailable|quarant|stopped|"
    "^leave|^left|erased|^(?:on)?hold$|"
    "(?:mail|list|member|contact|user|account).*state$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSystem:
    """A system that lists are moved from. marks: columns that its export has and others have not.

    meanings: what its columns mean where that is not what their names say elsewhere.
    fine: words of its status that others use for those who must not be mailed.
    """

    name: str
    marks: tuple[Collection[str], ...]
    meanings: Mapping[str, str]
    fine: Collection[str] = ()

    def wrote(self, names: Collection[str]) -> bool:
        """Whether a file with these squeezed names is its export."""
        return any(set(marks) <= set(names) for marks in self.marks)


SYSTEMS: tuple[ListSystem, ...] = (
    ListSystem(  # a contact that somebody else added has no time of opting in, but is subscribed
        name="Mailchimp",
        marks=(("leid", "euid"), ("memberrating", "optintime")),
        meanings=_each("optintime", PLAIN),
    ),
    ListSystem(name="listmonk", marks=(("uuid", "attributes", "status"),), meanings={}),
    ListSystem(  # most of its types say who pays; some bounces are not the last word
        name="Buttondown",
        marks=(
            ("undeliverabilitydate",),
            ("type", "creationdate"),
            ("type", "unsubscriptiondate"),
            ("subscribertype", "notes"),
        ),
        meanings={
            "type": STATUS,
            "emailaddress": EMAIL,
            **_each("bouncedate bouncereason churndate giftexpirydate commentingdisabled", PLAIN),
        },
        fine=("paused", "pastdue", "churning", "churned"),
    ),
    ListSystem(  # subscription, plan and expiry are about paying; everybody else reads for free
        name="Substack",
        marks=(
            ("activesubscription", "emaildisabled"),
            ("activesubscription", "expiry"),
            ("stripeplan", "startdate"),
        ),
        meanings=_each(
            "activesubscription expiry plan type stripeplan canceldate startdate firstpaymentat "
            "paidupgradedate subscriptionsourcefree subscriptionsourcepaid daysactive30d "
            "subscriptioncountry subscriptiontype",
            PLAIN,
        ),
    ),
    ListSystem(
        name="Ghost",
        marks=(
            ("subscribedtoemails", "complimentaryplan"),
            ("subscribedtoemails", "stripecustomerid"),
        ),
        meanings={},
    ),
    ListSystem(
        name="Keila", marks=(("externalid", "status", "data"),), meanings=_each("data", PLAIN)
    ),
)
