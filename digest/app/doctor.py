"""`digest doctor`, wired: which checks there are, and what of the service each one looks at."""

from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import dns.resolver

from digest.app import App
from digest.errors import SettingsError
from digest.ground.database.engine import Database
from digest.ground.text.counts import counted
from digest.ground.time.cron import parse_cron
from digest.ground.time.due_times import local_date, start_of
from digest.ground.tokens.links import LinkSigner
from digest.model import Edition
from digest.operations.dkim_keys import split_names
from digest.operations.doctor import here, records, reported, servers
from digest.operations.doctor.finding import Finding, fail, ok, skipped, tried, warn
from digest.operations.outlook import find_outlook
from digest.operations.status import next_send_time
from digest.render.digest.renderer import Renderer
from digest.render.digest.renderer_set import RendererSet
from digest.render.lint import samples
from digest.setting_needs import without_effect
from digest.settings import unknown_names
from digest.transactional.samples import compose_samples

DNS_TIMEOUT_SECONDS = 10.0
Check = Callable[[], Finding]


def examine(
    app: App,
    *,
    offline: bool = False,
    selectors: tuple[str, ...] = (),
    resolver: dns.resolver.Resolver | None = None,
) -> list[Finding]:
    """Run every check, also those behind one that fails; nothing is changed and nothing sent.

    offline: ask no other machine than the database's. selectors: of the DKIM keys that sign our
    mail; left out, those of the settings. resolver: asks for DNS records; left out, this machine's.
    """
    with ExitStack() as stack:  # the databases that checks open on their own
        checks = {
            **_of_this_machine(app, stack, offline=offline),
            **_of_others(app, offline, selectors, resolver),
        }
        return [tried(name, check) for name, check in checks.items()]


def _of_this_machine(app: App, stack: ExitStack, *, offline: bool) -> dict[str, Check]:
    settings, now = app.settings, app.clock()

    def opened() -> Database:
        database = Database(settings.database_url.get_secret_value(), read_only=True)
        stack.callback(database.close)
        if (file := database.file) and not file.exists():  # to open it would make it
            folder = "" if file.parent.is_dir() else f"make the folder {file.parent}, then: "
            raise SettingsError(f"There is no file {file}.", hint=f"{folder}digest init")
        return database

    def tasks() -> Finding:
        opened()
        next_send = next_send_time(now, settings.timezone, settings.send_hour)
        return here.tasks(app.database, now, next_send)

    def opening() -> Finding:
        schedule = parse_cron(settings.schedule_open, settings.timezone)
        tomorrow = local_date(settings.timezone, now) + timedelta(days=1)
        first = schedule.next_after(start_of(tomorrow, settings.timezone) - timedelta(seconds=1))
        return here.opening(first.astimezone(ZoneInfo(settings.timezone)), settings.send_hour)

    def clock() -> Finding:
        opened()
        return here.clock(app.database, now)

    def papers() -> Finding:
        opened()
        sources = app.files.readable_sources
        return here.papers(
            app.database, lambda session: find_outlook(session, settings, sources, now)
        )

    def dmarc_reports() -> Finding:
        opened()
        return reported.dmarc_reports(app.database, now)

    def postmaster() -> Finding:
        opened()
        return reported.postmaster(app.database, asked=settings.postmaster_credentials is not None)

    return {
        "settings": partial(_settings, app, ask=not offline),
        "secret key": lambda: here.secret_key(settings.keys),
        "catalogue": lambda: ok(
            "catalogue", f"{counted(len(app.files.catalogue.topics), 'topic')}."
        ),
        "templates": partial(_templates, app),
        "permissions": lambda: here.permissions(_files(app)),
        "disk": lambda: here.disk(_folder(app)),
        "database": lambda: here.database(opened(), app.database_name),
        "clock": clock,
        "opening": opening,
        "schedule": tasks,
        "papers": papers,
        "catalogue version": lambda: _catalogue_version(opened, app),
        "restore": lambda: _restore(opened, app),
        "dmarc reports": dmarc_reports,
        "postmaster": postmaster,
    }


def _of_others(
    app: App,
    offline: bool,
    selectors: tuple[str, ...],
    resolver: dns.resolver.Resolver | None,
) -> dict[str, Check]:
    settings = app.settings
    if offline:
        names = ("smtp", "spf", "dkim", "dmarc", "base url")
        return {name: partial(skipped, name, "Not looked at: offline.") for name in names}

    def smtp() -> Finding:
        sender = app.identity.letterhead.bounce_address
        return servers.smtp(app.smtp.pool(connections=1), sender)

    def base_url() -> Finding:
        return servers.base_url(settings.base_url, settings.keys[0])

    return {"smtp": smtp, **_of_dns(app, selectors, resolver), "base url": base_url}


def _of_dns(
    app: App, selectors: tuple[str, ...], resolver: dns.resolver.Resolver | None
) -> dict[str, Check]:
    if not app.settings.sender:
        why = "DIGEST_SENDER is not set, so there is no domain to look at."
        return {name: partial(skipped, name, why) for name in ("spf", "dkim", "dmarc")}
    texts = records.asker(resolver or _resolver())
    shown = _domain(app.identity.letterhead.sender_address)
    envelope = _domain(app.identity.letterhead.bounce_address)
    named = selectors or split_names(app.settings.dkim_selector)
    keys: dict[str, Check] = {
        f"dkim {each}": partial(records.dkim, texts, app.identity.dkim_domain, each)
        for each in named
    }
    why = "No selector is known: set DIGEST_DKIM_SELECTOR, or name it with --dkim-selector."
    unnamed = partial(skipped, "dkim", why)
    return {
        "spf": partial(records.spf, texts, envelope),
        **(keys or {"dkim": unnamed}),
        "dmarc": partial(records.dmarc, texts, shown),
    }


def _settings(app: App, *, ask: bool) -> Finding:
    if unknown := unknown_names():
        names = ", ".join(unknown)
        return warn("settings", f"Nothing is called {names}.", "compare with .env.example")
    app.smtp.check_for_real(ask=ask)
    for what in without_effect(app.settings):
        return warn("settings", f"{what}.", "set it, or set DIGEST_SIGN_AHEAD_MINUTES to 0")
    if not app.settings.operator:
        mend = "set DIGEST_OPERATOR to the address of whoever can mend it"
        return warn("settings", "Nobody is told when something goes wrong.", mend)
    if app.smtp.is_trial:
        names = ", ".join(line.partition(":")[0] for line in app.smtp.lacking)
        what = f"All can be read. Only the built-in sink gets mail; for real people set {names}."
        return ok("settings", what)
    return ok("settings", "All can be read, and mail to real people has what it needs.")


def _templates(app: App) -> Finding:
    """Every mail can be composed from the templates that are used."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    topics = [topic.slug for topic in app.files.catalogue.topics]
    edition = samples.made_up_edition(Edition(now.date(), now, "example.org", ()), topics[:2])
    names = {topic.slug: topic.name for topic in app.files.catalogue.topics}
    make = partial(
        Renderer,
        letterhead=app.identity.letterhead,
        topic_names=names,
        signer=LinkSigner([b"a key that signs nothing"]),
        templates=app.files.templates,
        summarise=app.files.summarise,
        theme=app.files.theme,
    )
    RendererSet(edition, make, app.files.languages)  # which tries every language and layout
    deque(compose_samples(app.transactional.renderer, names, now), maxlen=0)
    if app.settings.templates:
        return ok("templates", f"All mails can be composed, with {app.settings.templates}.")
    return ok("templates", "All mails can be composed from the shipped templates.")


def _catalogue_version(opened: Callable[[], Database], app: App) -> Finding:
    """The version of the catalogue that is in force was saved beside the file that is there."""
    opened()
    number = app.topics.in_force.number
    if not number:
        return ok("catalogue version", "The catalogue file is in force.")
    if app.topics.is_file_changed():
        what = f"The catalogue file was changed since version {number}, which stays in force."
        mend = f"digest topics diff {number} 0, then save what you want: digest topics save"
        return warn("catalogue version", what, mend)
    return ok("catalogue version", f"Version {number} is in force.")


def _restore(opened: Callable[[], Database], app: App) -> Finding:
    """Nothing is missing that this machine has seen, and its settings are those of the others."""
    opened()
    mend = "digest restore --check, then digest restore --accept"
    if lines := app.installation.missing():
        return fail("restore", f"The database is behind: {'; '.join(lines)}.", mend)
    if app.installation.is_held():
        what = "Another machine holds all mail: it has seen more than the database knows."
        return fail("restore", what, f"there: {mend}")
    if strange := app.installation.strange():
        what = f"This machine has another {strange} than those that mail from this database."
        return fail("restore", what, "set what they have, or: digest init --accept-settings")
    return ok("restore", "The database knows all that this machine has seen.")


def _files(app: App) -> list[Path]:
    """The files that hold secrets or addresses."""
    file = Database(app.settings.database_url.get_secret_value()).file
    keys = app.settings.dkim_key_file.split(",")
    named = [Path(each.strip()) for each in keys if each.strip()]
    return [Path(".env").absolute(), *([file.absolute()] if file else []), *named]


def _folder(app: App) -> Path:
    """Where the service writes most."""
    file = Database(app.settings.database_url.get_secret_value()).file
    folder = (file.parent if file else Path()).resolve()
    return folder if folder.is_dir() else Path().resolve()


def _resolver() -> dns.resolver.Resolver:
    """The name servers of this machine; a machine without any answers nothing."""
    try:
        found = dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration:
        found = dns.resolver.Resolver(configure=False)
    found.lifetime = DNS_TIMEOUT_SECONDS
    return found


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
