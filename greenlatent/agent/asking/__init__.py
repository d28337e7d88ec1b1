"""How a language model is told of a run, asked, examined and paid for; nothing below the agent knows that there is one.

digest     a run in numbers with handles
lines      the form in which single facts are told
names      what comes from data, as a model is told it
drawing    the picture of a run, without a page
likeness   what single samples look like, below that picture
llm        a model as somebody names it
wire       one request and its answer
transcript exchanges kept in a file, and played again
reply      what may be answered, and how an answer is checked
powers     what a model can do
trial      eight questions
offer      what the rules propose, with handles
spent      calls, tokens and money
price      joules of a call
thread     where it is asked
seat       a model beside an agent: met, examined, asked
"""

from ...faces import face

__all__, __getattr__, __dir__ = face(__name__, digest="Digest", llm="Llm", seat="Payload Seat")
