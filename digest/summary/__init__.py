"""What a paper says, in few words: one or two whole sentences (summary), one line (claim). Pure."""

LONGEST_CLAIM = 110  # characters
