"""A self-hosted daily email digest of trending research papers, picked for each reader."""

__version__ = "0.1.0"
