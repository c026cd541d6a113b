"""When bounces and complaints end a reader's mail, by the settings."""

from digest.bounces.rules.scoring import BounceRules
from digest.settings import Settings


def bounce_rules(settings: Settings) -> BounceRules:
    """Return the rules that the settings say."""
    return BounceRules(
        settings.bounce_hard_days, settings.bounce_soft_days, settings.bounce_forget_days
    )
