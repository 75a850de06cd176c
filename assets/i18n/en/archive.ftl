### The list of the vault's cases: searching, filtering, the bin, versions, and what belongs to a case.

## The list
archive-reading-row = Reading…
archive-stuck = The list could not be read. The cases are still in the vault.
# $count: the number, to choose the form; $number: the number as written
archive-found = { $count ->
    [one] One case was found.
   *[other] { $number } cases were found.
}
archive-search-help =
    Facts, intervention, outcome, notes, numbers and references are searched; accents and capitals make no difference.
    "two words": both together, in that order.
    hous*: everything that begins so.
    -flat: cases in which “flat” does not appear.
archive-empty = There are no cases in the vault yet.
archive-nothing = Nothing was found.
archive-short-word = Beginnings of words are searched for from the third letter on.
# $filters: the filters that are on, as written
archive-filters-are = Filters that are on: { $filters }
archive-clear-filters = Remove filters
archive-open = Open
archive-filters = Filters
# $number: how many filters are on
archive-filters-on = Filters ({ $number })
archive-bin = Bin
archive-bin-empty = The bin is empty.
filter-from = From
filter-to = To
filter-provincia-all = All provinces
filter-tipo-all = All kinds
filter-resultado-all = Any outcome
filter-estado = State
filter-estado-all = Any state

## Bin
bin-put = Put into the bin
bin-take-out = Take out of the bin
bin-delete = Delete for good…
bin-empty = Empty the bin…
bin-is-in = This case is in the bin.
delete-one-heading = Delete the case for good
delete-all-heading = Empty the bin
# $count: the number, to choose the form; $number: the number as written
delete-what = { $count ->
    [one] One case of the bin is deleted, with everything that is kept with it.
   *[other] The { $number } cases of the bin are deleted, with everything that is kept with them.
}
delete-revisions = { $count ->
    [one] one earlier version
   *[other] { $number } earlier versions
}
delete-suggestions = { $count ->
    [one] one suggestion of the model
   *[other] { $number } suggestions of the model
}
delete-drafts = { $count ->
    [one] one unsaved draft
   *[other] { $number } unsaved drafts
}
delete-attachments = { $count ->
    [one] the name of a document that belongs to it (the document stays in its folder)
   *[other] the names of { $number } documents that belong to them (the documents stay in their folders)
}
delete-no-way-back = This can't be undone.
delete-copies = Backups that were made already keep it until they are retired by age.
delete-now = Delete for good
toast-bin-unsaved = The case has unsaved changes. Save it first, or close it without them.
toast-binned = The case is in the bin.
toast-unbinned = The case is back in the list.
# $value: how many
toast-deleted = Cases deleted for good: { $value }

## Earlier versions and suggestions
history-menu = Earlier versions…
history-heading = Earlier versions
history-reading = Reading…
# $number: how many
history-texts = Texts ({ $number })
history-suggestions = Suggestions ({ $number })
history-none = The case has not been changed since it was first saved.
history-no-suggestions = No suggestion was saved with this case.
# $name: the system's user name
history-replaced-by = Changed by { $name }
history-restore = Take up this text
history-restore-note = The text goes into the case as an unsaved change. The present one is not lost: “Undo” brings it back.
history-exchanged = The text of the case was exchanged for another version.
history-kept-text = What stayed in the suggestion
history-raw-text = What the model wrote
history-made-by = What made it
history-model = Model: { $value }
history-adapter = Adapter: { $value }
history-adapter-digest = Digest of the adapter: { $value }
history-device = Computed on: { $value }
history-top-p = Only the most likely, up to a sum of: { $value }
history-top-k = Only among the most likely: { $value }
history-repetition = Avoid repetitions: { $value }
history-date = Date: { $value }
history-program = Version of the program: { $value }

## What else is kept with a case
more-heading = More: complaint, closing, references, notes
field-fecha-denuncia = Date of the complaint
field-causa-cierre = Reason for closing
field-causa-cierre-hint = Why the case was closed.
field-referencias = References
field-referencias-hint = Numbers of complaints and files, addresses of publications; one a line.
field-notas = Notes
field-notas-hint = What the office writes down for itself. The model does not read it.
attachments = Documents that belong to it
attachments-what = Only their names are kept; the documents stay in the office's folders.
attachments-after-save = Their names can be written down once the case is saved.
attachment-hint = Name of the document
attachment-add = Add
# $name: name of the document
attachment-remove = Take “{ $name }” off the list

## Importing and exporting with the vault
menu-undo-stored-import = Undo the last import…
# $file: name of the file; $date: date and time
undo-import-what = The import of “{ $file }” of { $date } is undone: the cases that came in are deleted, and those that were filled are as they were before.
undo-import-note = Cases that were changed since then stay.
import-done-stored = They are in the vault. The import can be undone from the menu “Case”, another day too.
# $done, $cases: numbers as written
import-taking = Importing: { $done } of { $cases } cases
import-taking-note = All comes in, or nothing. If this box is closed, the import goes on.
# $value: how many
toast-imported = Cases imported: { $value }
export-listed-vault = All cases of the list
export-counting = Counting the cases…
