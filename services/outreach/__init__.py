"""Outreach: contacts in the community, participants, consent."""
