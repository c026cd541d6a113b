"""Open editions: collect the candidates of a date, score their trend, freeze them."""
