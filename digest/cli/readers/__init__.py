"""Commands about readers and what they want."""
