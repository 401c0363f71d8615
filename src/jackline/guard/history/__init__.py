"""History replayed: what a transcript tells, judged by the same guard as what happens now.

In: the turns of a transcript, in order. Out: the same turns, each call with the decision that it would have got
(`Judged`). Guaranteed: nothing is recorded, nothing runs, and without `--now` nothing is read from the disk: the
surroundings of a call are what the transcript has shown up to it. What it does not show is taken as in a workspace where
work goes on: what lay in it before the session was committed, the programs that it calls were installed. All else is
unknown.
"""
