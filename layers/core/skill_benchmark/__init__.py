"""Which model should run this skill, what does it cost, and is the difference real?"""
