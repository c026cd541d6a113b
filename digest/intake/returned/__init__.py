"""Read returned mail: bounces, complaints, automatic replies. Pure; no bytes make it raise."""
