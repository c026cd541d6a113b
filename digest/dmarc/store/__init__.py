"""The SQL of DMARC reports."""
