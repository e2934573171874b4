"""What the services say to each other: events, their envelope, and the words they share."""
