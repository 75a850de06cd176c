### The case vault: words of the window and of the command line.
