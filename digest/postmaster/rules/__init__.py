"""Read what Postmaster Tools answer. Pure."""
