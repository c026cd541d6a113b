"""Where mail is handed over: the servers, and what limits there are."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from digest.app.clocks import Clock
from digest.delivery import rate_limiter
from digest.ground.database.engine import Database
from digest.settings import Settings, check_for_real
from digest.smtp.domain_limits import Provider, parse_domain_limits
from digest.smtp.pool import SmtpPool
from digest.smtp.smtp_url import SmtpUrl, parse_smtp_urls


@dataclass(frozen=True)
class Smtp:
    """Makes connections to the mail servers.

    database: opened only for a server with a rate limit, which all processes share through it.
    """

    settings: Settings
    database: Callable[[], Database]
    clock: Clock

    @cached_property
    def urls(self) -> tuple[SmtpUrl, ...]:
        """The mail servers."""
        return parse_smtp_urls(self.settings.smtp_url.get_secret_value())

    @cached_property
    def domain_limits(self) -> dict[str, Provider]:
        """How many messages recipients' domains take, "*" being all others."""
        return parse_domain_limits(self.settings.domain_limits)

    @property
    def is_trial(self) -> bool:
        """Whether no mail leaves this machine."""
        return all(url.is_loopback for url in self.urls)

    def pool(self, connections: int | None = None) -> SmtpPool:
        """Return a pool, not yet connected; with as many connections as the settings say."""
        settings = self.settings
        return SmtpPool(
            self.urls,
            connections=connections or settings.smtp_connections,
            timeout_seconds=settings.smtp_timeout_seconds,
            hostname=settings.smtp_hostname,
            allow_plain_auth=settings.smtp_plain_auth,
            ca_file=settings.smtp_ca_file,
            rate_limiter=lambda url: rate_limiter.for_server(self.database(), url, self.clock),
        )

    def check_for_real(self) -> None:
        """Refuse to mail real people without what mail to real people needs; name all of it."""
        _ = self.settings.keys, self.domain_limits
        if not self.is_trial:
            check_for_real(self.settings)
