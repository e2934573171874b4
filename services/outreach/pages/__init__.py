"""Outreach's pages: the same commands as the API, for people on a phone."""
