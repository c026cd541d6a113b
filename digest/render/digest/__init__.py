"""Render the digest: one master document an edition, cut into fragments, joined per reader."""
