"""What people said, what changed because of it, who was told when, and what still has no answer."""
