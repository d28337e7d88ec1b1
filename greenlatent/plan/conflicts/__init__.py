"""What contradicts in a plan, what that would waste, and what would mend it. Nothing is trained.

finding      what a rule says, and what would mend it
data         rules about the data
problem      rules about what is wanted
life         rules about what a whole life takes
environment  rules about where it runs
conflict     all rules asked at once, and fixes that were seen to clear them
"""
