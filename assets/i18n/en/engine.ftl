### Converting, loading and measuring models.

settings-read-while-typing = Read the facts while they are typed
settings-read-while-typing-note = The suggestion begins sooner. Not done on battery.
