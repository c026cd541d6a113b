"""Work on text: clean it, cut it into sentences and words, find phrases in it. Pure."""
