"""Editions: collect a date's candidates, score their trend, freeze them."""
