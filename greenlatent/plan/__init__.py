"""What training will cost, before it runs, and better after each run.

plan        the plan itself, as a notebook holds it: three parts, and a person who decides
engine      estimates, rehearsals and runs, whatever the parts say
parts       data, problem, environment: fields, and all that stands at one moment
data        rows that are read, counted and made fewer
conflicts   what contradicts, and what would mend it
cases       what others did
front       candidates, the price of a point, and what was decided
page        the plan in a cell, and as plain HTML
given       what is priced, checked before anything is done with it
wanted      what somebody asks the price of, field by field
estimate    joules, seconds, memory and grams with intervals, and why
because     every term of it as a formula, with its numbers
life        stages from the data to the last answer, cooling and hardware
break_even  after how many answers a dearer model has paid
rehearsal   a few real steps, or a small share of the rows
rehearsing  a rehearsal within a plan: priced, charged, learned from
searching   a search within what its trials are estimated to take
curves      accuracy on all rows from that on a few shares
learned     planned beside measured, and a Lab that brings it home
charges     what planning itself takes
models      what a model has to do, as counts
costs       what a count takes, here and elsewhere
project     the file of a plan: who said what, versions, undo, merging
facts       tables that ship with the package, and how a fact is said
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(
    __name__,
    **{
        "plan": "Plan",
        "estimate": "Estimate",
        "life": "Life",
        "learned": "Lesson",
        "rehearsal": "Rehearsal Rehearsed",
        "costs.experience": "Past",
        "costs.speeds": "Speeds",
        "facts.amount": "Amount",
        "facts.reasons": "Reason",
        "facts.tables": "Fact RegionRatio",
        "models.workload": "Workload",
        "project.book": "Clash Version",
        "cases.cases": "Case",
        "cases.options": "Option",
        "cases.suggestion": "Suggested",
        "conflicts.conflict": "Conflict",
        "data.profile": "Profile",
        "front.decision": "Decision",
        "front.front": "Front Placed",
        "front.price": "Price WhatIf",
        "parts.changes": "Change",
        "parts.field": "Field",
    },
)
