"""The service as one object: from settings to the objects that the use cases work with."""

from digest.app.app import App, build_app
from digest.app.clocks import Clock, StoppedClock, system_clock

__all__ = ["App", "Clock", "StoppedClock", "build_app", "system_clock"]
