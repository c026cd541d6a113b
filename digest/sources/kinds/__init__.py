"""Live sources: what to ask for, and what an answer says; one module per kind of list.

`asks.asks` gives the addresses of a source's lists, and `asks.read` turns the bytes of an answer
into a `Page`. Nothing here opens a connection: that is `digest.sources.http`.
"""
