"""Pages on how the service runs: settings, doctor, runs, alerts, webhooks."""
