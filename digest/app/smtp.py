"""Where mail is handed over: the servers, and what limits there are."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from digest.app.clocks import Clock
from digest.delivery import rate_limiter
from digest.errors import UnreachableError
from digest.ground.database.engine import Database
from digest.setting_needs import lacking_for_real, refusal
from digest.settings import Settings
from digest.smtp.domain_limits import Provider, parse_domain_limits
from digest.smtp.pool import SmtpPool
from digest.smtp.smtp_url import SmtpUrl, parse_smtp_urls

_PATIENCE_SECONDS = 5.0  # with a server that is only asked what it is


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

    @cached_property
    def lacking(self) -> list[str]:
        """What the settings lack for mail to real people; then only the built-in sink gets any."""
        return lacking_for_real(self.settings)

    @property
    def is_trial(self) -> bool:
        """Whether no mail gets to real people."""
        return bool(self.lacking)

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
            check=self._check,
        )

    def check_for_real(self, *, ask: bool = True) -> None:
        """Refuse to mail real people without what mail to real people needs; name all of it.

        A server of this machine that does not answer may be the sink, which is started later: each
        connection is checked again. ask: the servers what they are.
        """
        _ = self.settings.keys, self.domain_limits
        for url in self.urls if self.lacking else ():
            if not (ask and self._is_sink(url)) and not url.is_loopback:
                raise refusal(self.lacking, url.place)

    def _is_sink(self, url: SmtpUrl) -> bool:
        """Ask a server whether it is the sink; SettingsError when it is none. False: no answer."""
        settings = self.settings
        pool = SmtpPool(
            [url],
            connections=1,
            timeout_seconds=min(settings.smtp_timeout_seconds, _PATIENCE_SECONDS),
            hostname=settings.smtp_hostname,
            allow_plain_auth=settings.smtp_plain_auth,
            ca_file=settings.smtp_ca_file,
            check=self._check,
        )
        try:
            with pool:
                return True
        except UnreachableError:
            return False

    def _check(self, url: SmtpUrl, is_sink: bool) -> None:
        if self.lacking and not is_sink:
            raise refusal(self.lacking, url.place)
