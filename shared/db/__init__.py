"""One transaction: rows, history, facts told and facts heard, committed together or not at all."""
