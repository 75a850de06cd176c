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
    .next = Choose the precision { $form }, for which { $fits } GB are enough, close other programs, or use the demonstration model.

error-model-memory-none =
    .title = There is not enough memory
    .what = The model needs { $needed } GB and { $available } GB are free: it fits in no precision. The cases and the model in use are unchanged.
    .next = Close other programs, or use the demonstration model, which always fits.

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

## Case files

error-case-too-large =
    .title = { $file } could not be opened
    .what = The file has { $megabytes } MB, more than a case can have. It was not read.
    .next = Check that it is the case's file.
error-case-not-utf8 =
    .title = { $file } could not be opened
    .what = The file is not written as UTF-8 text. It may be damaged or of another program.
    .next = Open another copy, saved by this program in the form .json.
error-case-not-json =
    .title = { $file } could not be opened
    .what = The file has not the form of a case: it fails at line { $line }. It may be incomplete.
    .next = Open another copy. Only this program's .json files can be opened again; .md and .txt are for reading.
error-case-not-a-case =
    .title = { $file } could not be opened
    .what = The file is of something else: it holds no case of this program.
    .next = Choose a .json file saved by this program.
error-case-future =
    .title = { $file } could not be opened
    .what = A newer version of the program saved it (form { $version }). The file is as it was.
    .next = Update the program to open it.
error-case-missing-field =
    .title = { $file } could not be opened
    .what = The case lacks the field “{ $field }”. The file is as it was.
    .next = Open another copy, or add the field to the file.
error-case-wrong-value =
    .title = { $file } could not be opened
    .what = A value of the case, at line { $line }, is none that can be there. The file is as it was.
    .next = Open another copy, or correct that line.
error-case-wrong-id =
    .title = { $file } could not be opened
    .what = The case's identifier holds letters that it can't have. The file is as it was.
    .next = Open another copy.
error-case-folder =
    .title = { $file } could not be opened
    .what = It is a folder.
    .next = Choose the files in it.
error-case-unreadable =
    .title = { $file } could not be opened
    .what = The system does not let the file be read.
    .next = Check the disk or the connection to it, and try again.
error-case-not-found =
    .title = { $file } could not be opened
    .what = The file is no longer there.
    .next = Check the name and the folder.
error-case-denied =
    .title = { $file } could not be opened
    .what = There is no permission to read the file.
    .next = Ask for the permission, or open a copy of your own.

## Saving

error-storage-full =
    .title = { $operation ->
        [draft] The draft could not be saved
        [settings] The settings could not be saved
        [open] Could not open
        [export] The export could not be written
        [import] The file could not be read
       *[save] Could not save
    }
    .what = The disk is full. The text is still in the window.
    .next = Free some space, or save in another folder.
error-storage-read-only =
    .title = { $operation ->
        [draft] The draft could not be saved
        [settings] The settings could not be saved
        [open] Could not open
        [export] The export could not be written
        [import] The file could not be read
       *[save] Could not save
    }
    .what = The disk is read-only. The text is still in the window.
    .next = Save in another folder.
error-storage-denied =
    .title = { $operation ->
        [draft] The draft could not be saved
        [settings] The settings could not be saved
        [open] The folder could not be opened
        [export] The export could not be written
        [import] The file could not be read
       *[save] Could not save
    }
    .what = There is no permission to use that folder or file ({ $file }). The text is still in the window.
    .next = Choose another folder.
error-storage-no-folder =
    .title = { $operation ->
        [draft] The draft could not be saved
        [settings] The settings could not be saved
        [open] The folder could not be opened
        [export] The export could not be written
        [import] The file could not be read
       *[save] Could not save
    }
    .what = The folder is not there ({ $file }). The text is still in the window.
    .next = Check the folder's name, or choose another.
error-storage-is-folder =
    .title = { $operation ->
        [draft] The draft could not be saved
        [settings] The settings could not be saved
        [open] Could not open
        [export] The export could not be written
        [import] The file could not be read
       *[save] Could not save
    }
    .what = { $file } is a folder. The text is still in the window.
    .next = Type another file name.
error-storage-bad-name =
    .title = { $operation ->
        [draft] The draft could not be saved
        [settings] The settings could not be saved
        [open] Could not open
        [export] The export could not be written
        [import] The file could not be read
       *[save] Could not save
    }
    .what = The system does not take that file name. The text is still in the window.
    .next = Type another name, shorter or without odd signs.
error-storage-too-large =
    .title = { $operation ->
        [draft] The draft could not be saved
        [settings] The settings could not be saved
        [open] Could not open
        [export] The export could not be written
        [import] The file could not be read
       *[save] Could not save
    }
    .what = The file is larger than the disk takes. The text is still in the window.
    .next = Save on another disk.
error-storage-other =
    .title = { $operation ->
        [draft] The draft could not be saved
        [settings] The settings could not be saved
        [open] The folder could not be opened
        [export] The export could not be written
        [import] The file could not be read
       *[save] Could not save
    }
    .what = The system did not allow it ({ $file }). The text is still in the window.
    .next = Try again, or choose another folder.
error-storage-fault =
    .title = The disk could not be used
    .what = A part of the program failed. The text is still in the window.
    .next = Try again; if it happens once more, save under another name and restart the program.

## Facts and suggestion
error-facts-empty =
    .title = The facts are missing
    .what = There is no text to make a suggestion from.
    .next = Write what happened and try again.
error-facts-large =
    .title = The text is too long
    .what = It has { $kilobytes } kB, more than any report of facts. Nothing was cut or sent.
    .next = Check that no other document was pasted by mistake and leave only the facts.
error-facts-long =
    .title = The facts do not fit into the model
    .what = About { $words } words ({ $tokens } tokens) are too many. Nothing was cut.
    .next = Shorten the facts; what does not fit is marked in the text.
error-model-numbers =
    .title = The model gives no valid result
    .what = What it computes is no number. The cases are safe.
    .next = Load the model again, or download it once more.
error-model-crashed =
    .title = The suggestion broke off
    .what = A part of the program failed. What was written is safe, and the model is being loaded again.
    .next = Ask for a suggestion once the model is ready.
error-model-none =
    .title = No model is loaded
    .what = Without a model there is no suggestion. What was written is safe.
    .next = Choose a model in the menu “Model”.

## Command line
error-cli-facts-file =
    .title = { $file } can't be read
    .what = The file of the facts is not there or can't be read.
    .next = Check its name and permissions.
error-cli-facts-utf8 =
    .title = { $file } can't be read
    .what = The file of the facts is not UTF-8 text.
    .next = Save it as UTF-8 text and try again.
error-cli-output =
    .title = The output can't be written
    .what = The system did not take the text.
    .next = Check where the output goes, and the free space.
error-cli-embedded-adapter =
    .title = The demonstration model brings its own adapter
    .what = It takes no other, and is no adapter for another model.
    .next = Leave out --adapter, or choose another model with --model.
error-cli-repo =
    .title = That is no repository
    .what = A repository is written owner/name, with @revision where needed.
    .next = Check the name.

## Program
error-display =
    .title = The window can't be opened
    .what = This computer offers the program no display, or its graphics driver does not work.
    .next = Start the program from the desktop or, remotely, with a display (X11 or Wayland). “pag-bert predict” needs no window.
error-cpu =
    .title = This processor is too old
    .what = The program needs the instructions AVX2, FMA and F16C.
    .next = Use a computer of 2014 or later.
error-no-home =
    .title = There is no home folder
    .what = The system does not say where to keep settings and drafts.
    .next = Name a folder in the variable PAG_BERT_HOME.

## Download of models
# $host: the server's name; $repo: repository (owner/name); $file: a file's name
error-hub-no-connection =
    .title = No connection to { $host }
    .what = The computer could not reach the server of models. What had been downloaded is kept.
    .next = Check the connection to the internet and try again, or choose a model that is on this computer.
error-hub-stopped-answering =
    .title = { $host } has stopped answering
    .what = The server has sent nothing for a while. What had been downloaded is kept.
    .next = Resume the download later.
error-hub-interrupted =
    .title = The connection breaks again and again
    .what = The connection to { $host } does not hold. What had been downloaded is kept.
    .next = Check the connection and resume the download.
error-hub-unauthorized =
    .title = This model asks who you are
    .what = “{ $repo }” does not exist, is private, or the access token for Hugging Face is no longer valid.
    .next = Check the name. If it is private, put a valid token into the variable HF_TOKEN and try again.
error-hub-forbidden =
    .title = The permission to download this model is missing
    .what = Whoever publishes “{ $repo }” asks to accept the terms first, or the access token does not allow it.
    .next = Accept the terms on the model's page at Hugging Face and try again with a token of that account in HF_TOKEN.
error-hub-no-repository =
    .title = The model can't be found
    .what = The server has no repository “{ $repo }”.
    .next = Check the name: owner, slash, and name of the model.
# $revision: branch, tag or commit
error-hub-no-revision =
    .title = That version of the model can't be found
    .what = “{ $repo }” has no version “{ $revision }”.
    .next = Check the version's name, or leave it empty for the main one.
error-hub-no-file =
    .title = A file is missing on the server
    .what = “{ $repo }” has no file “{ $file }”, which the model needs.
    .next = Choose another version or another copy of the model.
error-hub-too-many-requests =
    .title = { $host } asks to wait
    .what = The server has had too many requests. What had been downloaded is kept.
    .next = Resume the download in a few minutes.
# $status: the server's error number
error-hub-server =
    .title = { $host } has a problem
    .what = The server answered with error { $status }. What had been downloaded is kept.
    .next = Resume the download later.
error-hub-unexpected =
    .title = The server's answer makes no sense
    .what = { $host } does not answer as a server of models does. The network may want a sign-in on a page first.
    .next = Open any page in the browser to check the network, and try again.
error-hub-endpoint =
    .title = The address of the server of models is not valid
    .what = The variable HF_ENDPOINT holds no address that begins with https:// or http://.
    .next = Correct the variable HF_ENDPOINT or remove it, and restart the program.
error-hub-checksum =
    .title = A file arrived damaged
    .what = The content of “{ $file }” is not what the server announces. That file was removed; the others are kept.
    .next = Download again. If it happens once more, try from another network.
# $needed, $available: gigabytes, with one decimal
error-hub-disk-full =
    .title = There is no room on the disk for the model
    .what = { $needed } GB are still to be downloaded, and the disk has { $available } GB left. What had been downloaded is kept.
    .next = Free some space, or name a folder on another disk in the variable HF_HOME.
error-hub-offline =
    .title = The model is not whole on this computer
    .what = “{ $file }” of “{ $repo }” is missing, and the network is not used now.
    .next = Choose it in the menu “Model” to download it (first switch off “Work offline” if it is on), or use another.
error-hub-no-model =
    .title = This repository holds no model that can be used
    .what = “{ $repo }” lacks config.json or the weights (safetensors or bin).
    .next = Check the name and the version. If it is an adapter, put it into the adapter's field.
error-hub-no-adapter =
    .title = This repository holds no adapter
    .what = “{ $repo }” lacks adapter_config.json or the adapter's weights.
    .next = Check the adapter's name and version.
# $folder: a folder
error-hub-cannot-write =
    .title = The model can't be kept
    .what = The system does not allow writing into { $folder }.
    .next = Check the folder's permissions, or name another in the variable HF_HOME.
error-hub-busy =
    .title = Another program is downloading this model
    .what = “{ $file }” is being written by another program.
    .next = Wait until it has ended and try again.
error-hub-unsafe-name =
    .title = The repository is not safe
    .what = The server gives a file of “{ $repo }” a name that would put it outside its folder. It was not saved.
    .next = Use another copy of the model, from a source you trust.
error-hub-bad-name =
    .title = The model's name is not valid
    .what = “{ $repo }” is no name of a repository or a version.
    .next = Type owner, slash and name, such as bertin-project/bertin-gpt-j-6B.
error-hub-no-home =
    .title = There is no folder for models
    .what = The system names no home folder.
    .next = Name a folder in the variable HF_HOME and restart the program.
error-hub-cancelled =
    .title = Download paused
    .what = What has arrived is kept.
    .next = Resume the download when it suits you.
error-hub-fault =
    .title = The download broke off
    .what = A part of the program failed. What had been downloaded is kept.
    .next = Resume the download.
