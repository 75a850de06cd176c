### Data, training and evaluation.

cli-bench-train-about = Measures how fast this computer trains, on a trial model of 6.8 million parameters
cli-bench-train-batch = Texts read at a time
cli-bench-train-tokens = Tokens in each text
cli-bench-train-steps = Steps that are timed, after one that does not count
cli-bench-train-threads = Threads; all where not given
cli-bench-train-checkpointing = Compute intermediate values again instead of keeping them: less memory, somewhat slower
cli-bench-train-json = Write one JSON object
# $speed: tokens a second; $memory: the most memory; $threads: threads
train-bench = { $speed } tokens a second on { $threads } threads; most memory: { $memory }.
