"""Notifications: invitations out, replies in, consent to be contacted."""
