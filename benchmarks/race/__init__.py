"""Senders side by side: what each takes for the same readers, and what a kill does to them.

`benchmarks.race.__main__` says how it is run. A `contestant` is one way to send; `course` takes it
from the start to the last mail, and counts at the sink.
"""
