"""API keys: who may use the API, and requests that name themselves."""
