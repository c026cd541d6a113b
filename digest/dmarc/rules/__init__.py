"""Read a report, and judge what the reports of some days say. Pure."""
