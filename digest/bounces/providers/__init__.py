"""Read what the webhooks of mail services say: who has sent it, and the feedback in it. Pure."""
