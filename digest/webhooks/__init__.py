"""Webhooks: other systems are told what happens here, at addresses that the operator gave (ADR 54).

Requests of mail services to us are something else: hooks (`digest.web.hooks`).
"""
