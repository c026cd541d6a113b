"""What a project with django-post_office does; run by a Python that has it, and nothing of ours.

RACE_FOLDER=... RACE_PORT=... python django_program.py queue|send
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import django  # type: ignore[import-not-found]
from django.conf import settings  # type: ignore[import-not-found]

_AT_ONCE = 500


def main(what: str) -> None:
    """Set Django up, and do what is asked."""
    folder = Path(os.environ["RACE_FOLDER"])
    engine = "post_office.template.backends.post_office.PostOfficeTemplates"
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "mails.db")}
        },
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates"},
            {"BACKEND": engine, "NAME": "post_office", "OPTIONS": {"context_processors": []}},
        ],
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=int(os.environ["RACE_PORT"]),
        POST_OFFICE={
            "BATCH_SIZE": _AT_ONCE,
            "THREADS_PER_PROCESS": 8,
            "DEFAULT_PRIORITY": "medium",
        },
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        USE_TZ=True,
        SECRET_KEY="of the race",  # noqa: S106
    )
    django.setup()
    if what == "queue":
        _queue(folder)
    else:
        _call("send_queued_mail", lockfile=str(folder / "lock"), log_level=1)


def _queue(folder: Path) -> None:
    from post_office import mail  # type: ignore[import-not-found]
    from post_office.models import EmailTemplate  # type: ignore[import-not-found]

    _call("migrate", verbosity=0)
    template = EmailTemplate.objects.create(
        name="race",
        subject="{{ subject }}",
        content=(folder / "mail.txt").read_text(encoding="utf-8"),
        html_content=(folder / "mail.html").read_text(encoding="utf-8"),
    )
    waiting = [json.loads(line) for line in (folder / "values.jsonl").open(encoding="utf-8")]
    for first in range(0, len(waiting), _AT_ONCE):
        mail.send_many(
            [
                {
                    "recipients": [one["address"]],
                    "sender": "papers@example.org",
                    "template": template,
                    "context": one,
                    "render_on_delivery": True,
                }
                for one in waiting[first : first + _AT_ONCE]
            ]
        )


def _call(command: str, **options: Any) -> None:
    from django.core.management import call_command  # type: ignore[import-not-found]

    call_command(command, **options)


if __name__ == "__main__":
    main(sys.argv[1])
