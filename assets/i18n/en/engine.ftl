### Converting, loading and measuring models.

settings-read-while-typing = Read the facts while they are typed
settings-read-while-typing-note = The suggestion begins sooner. Not done on battery.

cli-bench-ui-type-wpm = Types the facts at so many words a minute, instead of putting them in at once
cli-bench-ui-no-read-ahead = Does not read the facts while they are typed
