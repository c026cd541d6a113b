"""A self-hosted daily email digest of trending research papers, picked for each reader."""

import atexit
import gc
import os

__version__ = "0.1.0"

# Before NumPy is imported: our matrices are small, and BLAS threads that wait for work burn a core.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# How many new objects set off the garbage collector, in every process of ours: little of what we
# make is cyclic, and at Python's 700 it took a tenth of the time of a start, and of a send. What
# `digest status` imports is some 150,000 objects, and all of it stays.
gc.set_threshold(100_000)

# At the end of a process it would look through all that was ever loaded, for 0.1 s and nothing.
atexit.register(gc.freeze)
