"""Real local stand-ins that tests run against."""
