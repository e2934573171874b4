"""What keeps people from having a say, who says so, and what was done about it."""
