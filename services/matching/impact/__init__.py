"""Business case and impact: is a programme working in the intended way, and is it worthwhile?"""
