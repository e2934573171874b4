"""The New Voices services and the runtime they share."""
