"""A self-hosted daily email digest of trending research papers, picked for each reader."""

import os

__version__ = "0.1.0"

# Before NumPy is imported: our matrices are small, and BLAS threads that wait for work burn a core.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
