"""Where everything is wired: each module adds a part of `digest.app.App`."""
