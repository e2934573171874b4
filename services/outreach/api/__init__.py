"""The HTTP API of outreach."""
