cli-about = Suggests interventions for cases of discrimination against Roma people. Without a command, opens the window.
cli-files = Saved cases (.json) to open in the window
cli-usage = Usage:
cli-commands = Commands
cli-arguments = Arguments
cli-options = Options
cli-help = Show this help
cli-version = Show the version
cli-facts-file = Text file with the facts; “-” reads standard input
cli-model = Model: “embedded” (for demonstration), a folder, or a repository (owner/name@revision)
cli-adapter = LoRA adapter: a folder or a repository
cli-quantization = Precision of the weights; if not given, q8_0 for large models and the demonstration one, none for others
cli-device = Where to compute; auto uses the graphics card if this build supports it and it works
cli-offline = Do not use the network: only what is on this computer

cli-predict-about = Writes a suggested intervention and the predicted outcome for some facts
cli-predict-json = Write one JSON object instead of text
cli-predict-max-new-tokens = How many tokens are generated at most
cli-predict-temperature = 0 always takes the likeliest; above, by chance
cli-predict-top-k = Choose only among the K likeliest tokens
cli-predict-top-p = Choose only among the likeliest tokens that sum up to P
cli-predict-repetition-penalty = Above 1, avoids repeating tokens
cli-predict-seed = Seed of chance

cli-logits-about = Writes the prompt's ids and the logits at its last position, for checks
cli-logits-json = Write one JSON object (the only form there is)

cli-download-about = Downloads a model or an adapter and writes the folder where it is
cli-download-repo = Hugging Face repository: owner/name or owner/name@revision

cli-bench-ui-about = Measures the window on this computer: start, first word, work per frame, idling, memory
cli-bench-ui-vault-cases = Measures the list of a vault with so many invented cases instead
cli-bench-ui-idle-s = Seconds of idling that are watched

cli-outcome = Predicted outcome: { $outcome }
cli-no-outcome = (the model wrote none)
cli-token-limit = The text was cut at the maximum of tokens (--max-new-tokens).
cli-demonstration = Demonstration model: good for trying the program, not for work.
cli-generated = Generated text, not reviewed. No legal advice.
cli-fallback = { $wanted } could not be used ({ $reason }); the CPU is used.
