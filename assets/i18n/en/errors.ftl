# errors

## Model and adapter: files
# $name: the file's name
error-model-file-missing =
    .title = A file of the model is missing
    .what = “{ $name }” is not there. The cases and the model in use are unchanged.
    .next = Check that the folder is complete, or download the model again.
error-model-file-unreadable =
    .title = A file of the model can't be read
    .what = “{ $name }” is there but can't be read. The cases and the model in use are unchanged.
    .next = Check the file's permissions and that the disk is still connected.
error-model-file-damaged =
    .title = A file of the model is damaged
    .what = The content of “{ $name }” is incomplete or not valid. The cases and the model in use are unchanged.
    .next = Download the model again.
error-model-file-unsafe =
    .title = A file of the model is not safe
    .what = “{ $name }” holds instructions that would run on opening it. Nothing was run.
    .next = Use another copy of the model, from a source you trust.
error-model-tokenizer =
    .title = The vocabulary does not fit this model
    .what = “{ $name }” does not belong to the model or can't be read.
    .next = Check that all files in the folder are of the same model.
# $name: the file's name; $field: the field's name in the file
error-model-config =
    .title = The model's configuration can't be used
    .what = In “{ $name }”, the field “{ $field }” is missing, not valid or not supported.
    .next = Choose a GPT-J model, or check that the file is the original.
# $name: the name of a tensor
error-model-tensor =
    .title = The weights do not fit the model
    .what = “{ $name }” is missing, unexpected, or of another size than the configuration says.
    .next = Check that all files in the folder are of the same model, or download it again.
error-model-not-finite =
    .title = The model's weights are damaged
    .what = “{ $name }” holds values that are not numbers.
    .next = Download the model again.
error-adapter-other-base =
    .title = The adapter is for another model
    .what = The adapter was trained on a different model from the one chosen.
    .next = Choose the base model that the adapter's page names, or remove the adapter.

## Model: machine and memory
# $device: the device's name
error-model-device =
    .title = { $device } can't be used
    .what = This computer, or this version of the program, can't use { $device }.
    .next = Choose “automatic” or “CPU”.
error-model-device-memory =
    .title = The graphics card is out of memory
    .what = The model or the text does not fit into the graphics card's memory. The cases are safe.
    .next = Choose a smaller quantisation (Q8_0, Q6K or Q4K), or use the CPU.
# $needed, $available: gigabytes, one decimal
error-model-memory =
    .title = There is not enough memory
    .what = The model needs { $needed } GB and { $available } GB are free. The cases and the model in use are unchanged.
    .next = Close other programs, or choose a smaller quantisation (Q8_0, Q6K or Q4K) or a smaller model.

## Model: use
# $asked, $limit: numbers of tokens
error-model-window-full =
    .title = The text does not fit into the model
    .what = The text takes { $asked } tokens and the model holds { $limit }. Nothing was cut.
    .next = Shorten the facts, or lower the maximum length of the answer.
error-model-load-cancelled =
    .title = Loading stopped
    .what = Loading the model was stopped. The model in use is unchanged.
    .next = Choose the model again to load it.
error-model-internal =
    .title = The model failed
    .what = The computation could not finish. The cases are safe.
    .next = Try again. If it happens again, load the model anew.
