## Menus and commands
menu-case = Case
menu-edit = Edit
menu-model = Model
menu-view = View
menu-help = Help
menu-outcome-help = What the predicted outcome is
command-new = New case
command-open = Open cases
command-save = Save
command-save-as = Save as
command-close-case = Close the case
command-quit = Quit
command-suggest = Suggest
command-stop = Stop
command-another = Another suggestion
command-search = Search cases
command-find = Find in the text
command-next-pane = Go to the next pane
command-settings = Settings
command-larger-text = Larger text
command-smaller-text = Smaller text
command-normal-text = Normal text
command-keys = Keys
command-help = About the program
close = Close
cancel = Cancel
retry = Try again
browse = Browse…
details = Details

## List of cases
case-list = Cases
case-new = + New
case-search-hint = Search the cases
case-none-found = No case matches.
case-none-shown = Choose a case from the list or begin a new one.
case-unnumbered = No number
case-empty = (no facts yet)
case-recovered = Recovered from last time. It still has to be saved.
filter-ambito-all = All areas
filter-year = Year
filter-year-all = Years
status-draft = draft
status-accepted = in progress
status-closed = closed
status-unsaved = not saved
status-writing = suggesting…

## The case
field-date = Date
field-date-hint = dd/mm/yyyy
field-date-wrong = That is no date: write day/month/year, as 03/11/2026.
field-provincia = Province
field-ambito = Area
field-tipo = Kind
field-none = —
field-hechos = Facts
field-hechos-hint = What happened, where and when, who was involved and what was said.
field-intervencion = Intervention
field-intervencion-hint = What was decided.
field-resultado = Actual outcome
field-resultado-hint = What came of it, once that is known.
field-resultado-unknown = Not known
words = { $count ->
    [one] { $number } word
   *[other] { $number } words
}
facts-share = { $share } % of what fits
facts-too-long = { $count ->
    [one] About { $number } word too many (marked in the text)
   *[other] About { $number } words too many (marked in the text)
}
try-example = Try an example
suggest-needs-facts = The facts come first.
find-hint = Find in the text
find-count = { $count ->
    [0] Not found
    [one] Found once
   *[other] Found { $count } times
}

## Suggestion
suggestion-heading = Suggestion
suggestion-empty = A suggested intervention and the predicted outcome will appear here. Nothing enters the case until “Use” is pressed.
suggestion-waits = Waiting for the model to be ready…
suggestion-begins = Beginning…
suggestion-reading = Reading the facts · { $percent } %
suggestion-writing = Writing…
suggestion-writing-speed = Writing · { $speed } words a second
suggestion-stopping = Stopping…
suggestion-no-text = The model suggested no intervention.
suggestion-limit = The maximum length was reached.
suggestion-stopped = It was stopped here.
suggestion-continue = Go on
suggestion-use = Use
suggestion-use-selection = Use the selection
suggestion-another = Another
suggestion-copy = Copy
suggestion-discard = Discard
undo-accept = Undo
generated-unreviewed = Generated text, not reviewed
generated-confirm = I have reviewed it
generated-edited = Generated text, changed by a person
generated-used = Generated text, already used in the case

## Predicted outcome
outcome-heading = Predicted outcome
outcome-positivo = Positive
outcome-neutro = Neutral
outcome-negativo = Negative
outcome-none = No outcome was predicted.
outcome-forced = The model did not write the outcome; the figures come from asking it.
outcome-notice = An automatic estimate, no legal advice.
outcome-help-is = It is the probability that the model gives to each of three labels after reading the facts and the intervention. The three sum up to 100 %.
outcome-help-is-not = It is neither an expert's forecast nor legal advice: the model learned from a sentiment label that another program put on finished texts, not from the organisation's own verdict, and the two often disagree.
percent = { $number } %
seconds = { $number } s

## Details
details-prompt-tokens = Tokens read: { $value }
details-tokens = Tokens written: { $value }
details-speed = Tokens a second: { $value }
details-first-token = Seconds to the first word: { $value }
details-quantization = Precision: { $value }
details-temperature = Temperature: { $value }
details-seed = Seed: { $value }
details-prompt-version = Form of the prompt: { $value }
details-digest = Digest of the model: { $value }

## Status
banner-demonstration = Demonstration model: good for trying the program, not for work.
model-demonstration = Demonstration model
model-none = No model
model-fallback = { $wanted } could not be used ({ $reason }); the CPU is used.
model-stop-loading = Stop loading
offline = offline
words-per-second = { $speed } words/s
tokens-used = { $used } of { $window } tokens
loading-opening = Opening { $model }
loading-weights = Loading { $model }
download-begins = Preparing to download { $model }
download-running = Downloading { $model } · { $done } of { $total } · { $speed }/s
download-paused = Download paused: { $model } · { $done } of { $total }
download-pause = Pause
download-resume = Resume
left-seconds = { $count ->
    [one] 1 second left
   *[other] { $count } seconds left
}
left-minutes = { $count ->
    [one] 1 minute left
   *[other] { $count } minutes left
}
saved-at = Saved { $time }
saved-as-draft = Draft up to date
saved-not-yet = Not saved

## Saving and opening
save-heading = Save the case
save-name = File name
save-folder = Folder
save-format-json = Case (.json)
save-format-markdown = Markdown (.md)
save-format-text = Text (.txt)
save-format-note = Only the form .json can be opened again; this one is for reading or sending.
save-exists = There is a file of that name already. Change the name, or replace it.
save-replace = Replace
save-elsewhere = Choose another folder
open-heading = Open cases
open-folder = Folder
open-none = There are no cases (.json) in this folder.
open-drop = Files can also be dragged onto the window.
open-chosen = Open the chosen ones
close-case-heading = The case is not saved
close-all-heading = Some cases are not saved
close-what = { $count ->
    [one] Case { $cases } has changes that are in no file.
   *[other] Cases { $cases } have changes that are in no file.
}
close-where = Those without a file will be saved in { $folder }.
close-save = Save and close
close-keep-draft = Leave as draft
close-discard = Discard the changes

## Choosing a model
model-choose = Choose a model
model-heading = Model
model-memory = This computer has { $total } of memory; { $available } are free now.
model-way-embedded = The demonstration model, which comes with the program
model-way-catalogue = Those of the original system
model-way-folder = A folder on this computer
model-way-repo = A Hugging Face repository
model-bertin-half = BERTIN GPT-J 6B, half precision, with the PAG-BERT adapter
model-bertin-full = BERTIN GPT-J 6B, full precision, with the PAG-BERT adapter
model-entry-adapter = Adapter: { $adapter }
model-entry-needs = Download: { $download } · Memory: { $memory } · Licence: { $licence }
model-entry-too-large = It needs more memory than this computer has.
model-folder = Folder of the model, or converted file (.gguf)
model-adapter-folder = The adapter's folder (if any)
model-repo = Repository (owner/name)
model-revision = Revision (main if not given)
model-adapter-repo = The adapter's repository (if any)
model-note-download = A model that is not on this computer is downloaded. Only the model's files travel; the cases stay here.
model-note-offline = Working offline is on: it will be used only if it is on this computer already.
model-use = Use this model

## Settings
settings-heading = Settings
settings-language = Language
settings-theme = Look
theme-system = As the system
theme-light = Light
theme-dark = Dark
settings-scale = Size
settings-device = Where to compute
device-auto = Automatic
device-cpu = CPU
device-cuda = NVIDIA (CUDA)
device-metal = Apple (Metal)
settings-quantization = Precision of the weights: less memory or more fidelity
quantization-q8 = 8 bit (the original's)
quantization-q6 = 6 bit
quantization-q4 = 4 bit
quantization-none = As in the file
settings-sampling = How a suggestion is written
settings-max-new-tokens = Maximum length (tokens)
settings-temperature = Variety
settings-temperature-note = With variety 0 the same facts always give the same suggestion, as in the original system.
settings-top-p = Only the likeliest, up to a sum of
settings-top-k = Only among the likeliest (0 = all)
settings-repetition-penalty = Avoid repetition
settings-offline = Work offline

## About
about-version = Version { $version }
about-what = Helps those who defend Roma people against discrimination: from the facts it suggests an intervention and predicts an outcome. A person always decides.
about-limits = The model writes what is plausible, not what is true: it can invent, err, or repeat prejudice. It does not know the law in force and replaces no legal advice.
about-privacy = Everything happens on this computer. Cases are sent nowhere; the network is used only to download a model when asked.
about-origin = It rebuilds, as a desktop program, the PAG-BERT system of the SomosNLP hackathon of 2023.
about-licences = Program: Apache-2.0. Typeface Inter: OFL 1.1. Models that are downloaded have licences of their own.
