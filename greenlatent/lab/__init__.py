"""The Lab: a run with a dashboard; every button is a method.

lab        the object that a notebook holds
sessions   the session that a Lab begins with, goes on with, or hands in
dashboard  when a page is told what
commands   buttons and keys, by name
feed       frames and columns for every page
panels     meter, journal, groups and comparison for the page
questions  one card at a time
rating     what somebody says of working with it
views      further plots beside the dashboard
solving    the read-out beside a run, and what the page is told of it
naming     what came of each edit that names something, in a line
advising   what would save joules, as cards
steering   what a run may spend, why it is wasteful
status     readings and states of the buttons
presence   whether a page is there
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(__name__, lab="Lab")
