"""What people get for taking part: payments, expenses, benefits in kind, training, in time or not.

No bank detail is ever stored: an organisation pays as it pays anybody, and here is noted that it
did.
"""
