"""Score the trend of papers; word the prompts for written summaries. Pure."""
