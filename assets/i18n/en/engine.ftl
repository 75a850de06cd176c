### Converting, loading and measuring models.

cli-convert-about = Converts a model into one GGUF file, smaller and quick to open
cli-convert-adapter-mode = merge adds the adapter to the weights; beside leaves it in a file of its own, which --adapter takes
cli-convert-form = Precision of the weights in the new file
cli-convert-out = New file (.gguf)
cli-convert-force = Replace the file if it exists
cli-inspect-about = Shows what is in a GGUF file
cli-inspect-file = GGUF file, of this program or another
cli-inspect-check = Read all weights and compare their checksums
cli-inspect-json = Write a JSON object instead of text

# $left: minutes and seconds left (4:05)
convert-running = Converting: { $percent } % · { $done } of { $total } · { $speed }/s · { $left } left
convert-kept = Conversion stopped. What is done is kept: the same command goes on from there.
convert-resumed = { $tensors } tensors of an earlier conversion were used.
inspect-own = converted by pag-bert
inspect-foreign = from another program
inspect-whole = whole
inspect-damaged = damaged

error-model-tensor-damaged =
    .title = The model's file is damaged
    .what = In { $file }, the tensor { $name } is not what was written: the file was cut short or changed. The cases are unchanged.
    .next = Convert the model again, or copy the file once more.

error-model-foreign =
    .title = This file can't be used as a model
    .what = { $name } is not a model converted by this program, or not of the kind asked for.
    .next = Choose the folder of the original model and convert it here.

error-convert-cancelled =
    .title = Conversion stopped
    .what = What is done is kept.
    .next = Begin again with the same values: it goes on from there.

error-convert-exists =
    .title = The file exists
    .what = { $file } exists and was not touched.
    .next = Choose another name, or add --force to replace it.

error-convert-busy =
    .title = A conversion is under way
    .what = Another conversion is writing { $file }.
    .next = Wait until it ends, or choose another name.

error-convert-space =
    .title = There is no room for the conversion
    .what = { $folder } needs { $needed } GB and has { $available } GB free. The original model is unchanged.
    .next = Make room or choose another folder; what is done is kept.

error-convert-write =
    .title = The converted file can't be written
    .what = { $file } can't be written in { $folder }. The original model is unchanged.
    .next = Look at the folder's permissions, or choose another one.

error-convert-converted =
    .title = The model is converted already
    .what = { $name } is a converted file already.
    .next = Use it as it is, or convert the original model in another precision.

settings-read-while-typing = Read the facts while they are typed
settings-read-while-typing-note = The suggestion begins sooner. Not done on battery.

cli-bench-ui-type-wpm = Types the facts at so many words a minute, instead of putting them in at once
cli-bench-ui-no-read-ahead = Does not read the facts while they are typed

cli-bench-about = Measures how fast a model reads and writes on this computer, beside the speed of its memory; with “train” or “vault”, training or the vault
cli-bench-shape = Random weights of this shape: that of GPT-J, or that of a config.json
cli-bench-layers = Only so many layers
cli-bench-cache = Keep the random weights in a file of this folder, and load them from it
cli-bench-rank = Rank of the random adapter; 0 means no adapter
cli-bench-prompt = Tokens that are read
cli-bench-generate = Tokens that are written after them
cli-bench-threads = Threads; one for every core unless given
cli-bench-repeat = How often it is measured
cli-bench-no-growth = Measure that length alone, without the others
cli-bench-plot = Draw into an SVG file how all grows with the length of the text
cli-bench-json = Write one JSON object instead of text
# $kernels: avx512, avx2, neon or plain
bench-subject = { $model } · { $layers } layers · { $form } · { $threads } threads · { $kernels }
bench-made = Making the weights (s)
bench-load = Load (s)
bench-bandwidth = Memory read (GB/s)
bench-prompt = Reading the text (s)
bench-prompt-rate = Reading the text (tokens/s)
bench-decode = Writing (tokens/s)
bench-weights = Weights read while writing (GB/s)
bench-share = Share of what the memory gives (%)
bench-sustained = Sustained memory read (GB/s)
bench-share-of-sustained = Share of the sustained read (%)
bench-peak = Most memory held
bench-growth = A text of { $tokens } tokens: { $seconds } s, { $rate } tokens/s; { $writing } tokens/s written after it; { $cache } of keys and values
bench-plot-limit = what the memory gives: { $rate }
bench-plot-memory = Most memory held (GB)
bench-plot-axis = tokens of the text
bench-block = Tokens at a time: { $tokens }; they take { $times } times as long as one alone
bench-late = Writing at position { $early }: { $first } tokens/s; at { $late }: { $second } tokens/s

cli-bench-drafts-about = Measures what is gained by drafting words that the facts and earlier texts have: in what people wrote and, with “--write”, in what the model writes
cli-bench-drafts-dataset = Folder, file or repository with cases
cli-bench-drafts-split = Which part is gone through: train, test or validation; all cases where no file names one
cli-bench-drafts-write = The model writes too, for so many cases, the first
cli-bench-drafts-json = Write a JSON object instead of text
bench-drafts-people = Written by people: { $cases } cases
bench-drafts-model = Written by the model: { $cases } cases
# $how: never, pays, always. $memory: facts, all
bench-drafts-how = { $how ->
    [never] no drafts
   *[pays] where they pay
    [always] always
}
bench-drafts-memory = { $memory ->
    [facts] , from the facts alone
   *[all] , from earlier texts too
}
bench-drafts-gain = { $tokens } tokens in { $passes } passes ({ $saved } % fewer); { $hits } % of { $drafted } right; { $times } times the speed
bench-drafts-speed = { $tokens } tokens in { $passes } passes; { $hits } % of { $drafted } right; { $rate } tokens/s

error-cli-bench-shape =
    .title = The shape can't be read
    .what = { $file } is neither gpt-j-6b nor a file that can be read.
    .next = Write gpt-j-6b, or the path of a config.json.
menu-prepare = Prepare for this computer…
prepare-heading = Prepare for this computer
prepare-what = { $model } is converted once into a smaller file that opens in seconds and takes less memory. Work can go on meanwhile, and if it is stopped it continues where it was.
prepare-disk = On the disk
prepare-memory = In memory
prepare-now = Now
prepare-free = { $free } are free on the disk.
prepare-no-room = There is no room on the disk for the new file.
prepare-remove = Remove the original when it is ready (frees { $size })
prepare-begin = Prepare
prepare-skip = Use without preparing
prepare-later = Later
prepare-show = Prepare for this computer…
prepare-offered = Downloaded: { $model }
prepare-running = Preparing { $model } · { $percent } %
toast-prepare-stopped = Preparing was stopped. What is done is kept.
toast-original-removed = Original removed: { $value } more are free.

error-convert-fault =
    .title = The model could not be prepared
    .what = The conversion broke off. The original model and the cases are unchanged.
    .next = Try again, or use the model without preparing it.

error-model-memory-converted =
    .title = This computer does not have enough memory
    .what = The model needs { $needed } GB and { $available } GB are free. The cases and the model in use are unchanged.
    .next = Prepare the original model again in { $form }, for which { $fits } GB are enough, close other programs, or use the demonstration model.
