"""The service as one object: from settings to the objects that services work with."""

from digest.app.ground import StoppedClock, system_clock
from digest.app.sending import Sending
from digest.app.watching import Watching

__all__ = ["App", "StoppedClock", "system_clock"]


class App(Sending, Watching):
    """The whole service; everything is made when it is first asked for.

    clock: tells the time; left out, the real one. read_only: the database refuses every change.
    """
