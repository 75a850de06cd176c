### Documents: cases on paper, in the FSG's printed form; export and import.

## On paper
doc-case-unnumbered = Case without a number
doc-several = Cases ({ $number })
doc-complaint-date = Date of the complaint: { $date }
doc-closing = Why it was closed
doc-references = Reference
doc-notes = Notes
doc-page = Page { $page } of { $pages }
doc-letterhead-image = Letterhead of the office
doc-facts = Facts
doc-facts-date = Date of the facts: { $date }
doc-intervention = Intervention
doc-outcome = Outcome
doc-proposal = The model's proposal
doc-predicted = Predicted outcome
doc-predicted-notice = The model's prediction, trained on a sentiment label; it is no legal advice.
doc-generated = Generated text, not reviewed. Model: { $model }. Date: { $date }.
doc-generated-adapter = Generated text, not reviewed. Model: { $model }. Adapter: { $adapter }. Date: { $date }.
doc-generated-unknown = Generated text, not reviewed.
doc-empty = (not filled in)

error-letterhead-image =
    .title = The letterhead's picture can't be used
    .what = It is no PNG or JPEG, or has a side of more than 4,000 pixels. Nothing was written.
    .next = Choose another picture, or save it as a smaller PNG.

## Export
cli-export-about = Writes cases into a document (docx, pdf, odt, md, txt), a table (csv, xlsx) or a complete file (json)
cli-export-files = Saved cases (.json)
cli-export-out = File to write; one that exists is replaced once the new one is complete
cli-export-format = Form of the file; where it isn't given, the ending says
cli-export-letterhead = Text of the letterhead: a file of up to eight lines
cli-export-letterhead-image = Picture of the letterhead (PNG or JPEG)
cli-export-without-marks = Do not mark generated text that nobody has reviewed
cli-export-with-proposal = Include the model's proposal and the predicted outcome
cli-export-with-notes = Include the office's notes
# $count: the number, for choosing the form; $number: the number written out; $file: name of the file
export-done = { $count ->
    [one] One case written to “{ $file }”, not encrypted: it holds personal data.
   *[other] { $number } cases written to “{ $file }”, not encrypted: it holds personal data.
}
export-unreviewed = { $count ->
    [one] It holds one generated text that nobody has reviewed.
   *[other] It holds { $number } generated texts that nobody has reviewed.
}
export-boxes = { $count ->
    [one] One sign is not in the document's font: it is a box on paper, and itself when copied.
   *[other] { $number } signs are not in the document's font: they are boxes on paper, and themselves when copied.
}
error-export-format =
    .title = It is not known in which form to write “{ $file }”
    .what = Its ending is not docx, pdf, odt, md, txt, csv, xlsx or json. Nothing was written.
    .next = Change the ending, or name the form with --format.
error-export-none =
    .title = There are no cases to export
    .what = None was named, or the search finds none. Nothing was written.
    .next = Name the cases, or change the search.

## Import
cli-import-about = Reads cases from a table (CSV, XLSX) or JSON and says all that is wrong, by row and column
cli-import-file = Table or JSON
cli-import-map = Which field a column is, by its heading or its number: “Story=hechos”, “3=provincia”, “Other=-” leaves it out
cli-import-sheet = Sheet of the workbook; where it isn't given, the first that holds something
cli-import-duplicates = Repeated cases: leave them out (skip), put them into the one that is there (merge), or keep them (keep)
cli-import-dry-run = Say what would be done, without doing it
cli-import-json = Write a JSON object instead of text
import-read = { $rows } rows with data, { $cases } cases.
import-encoding = Encoding: { $encoding }. Separator: { $separator }
import-sheet = Sheet: { $sheet }
import-left-out = (not imported)
import-field-number = Number
import-field-date = Date of the facts
import-field-complaint-date = Date of the complaint
import-field-status = State
# $count: the number, for choosing the form; $number: the number written out; $rows: the first rows
import-rows = { $count ->
    [one] (row { $rows })
   *[other] ({ $number } times; rows { $rows })
}
import-duplicates = { $count ->
    [one] One case tells the same facts as another, or nearly.
   *[other] { $number } cases tell the same facts as another, or nearly.
}
import-would = { $added } cases would come in. Repeated ones merged into another: { $merged }; left out: { $skipped }.

problem-column-unused = a column without a field; not imported.
problem-column-of-machine = a label that a program put there; it is not the case's outcome and is not imported.
problem-heading-twice = two columns have this heading.
problem-column-repeats = repeats the column { $value } in every row; not imported.
problem-only-years = every date is a 1 January: only the year is known, and only the year is taken.
problem-no-facts-column = no column holds the facts.
problem-row-short = fewer cells than headings.
problem-row-long = more cells than headings; those left over are not imported.
problem-row-empty = an empty row.
problem-no-facts = no facts.
problem-too-long = a text that is longer than a case may hold.
problem-date-unknown = a date that is not understood; kept as it is: { $value }.
problem-date-two-digits = a date with two digits for the year: { $value }.
problem-date-future = a date that is yet to come: { $value }.
problem-provincia-unknown = not a province; kept as it is: { $value }.
problem-ambito-unknown = not a field; it goes to the notes: { $value }.
problem-tipo-unknown = not a kind; it goes to the notes: { $value }.
problem-respelt = spelt otherwise; understood: { $value }.
problem-outcome-from-text = outcome read from the first word of the text: { $value }.
problem-list-as-text = a program's list written as text; each entry is taken.
problem-encoding-mended = letters of another encoding, mended.
problem-encoding-broken = letters that were lost before; they show as �.
problem-controls-removed = control characters, removed.
problem-blanks-mended = special or superfluous blanks, mended.
problem-quote-open = a quote never ends: rows may have run together.
problem-guard-removed = a spreadsheet's apostrophe, removed.
problem-formula = a formula; its last result is taken.
problem-cell-error = the spreadsheet shows an error: { $value }.
problem-macros = the workbook holds macros; they are neither read nor run.
problem-other-sheets = the workbook has more sheets; only one is read.
problem-row-of-ours-changed = this column of a table of the program was changed and is no longer understood.

error-import-where =
    .title = It is not said where to import to
    .what = The file was read and checked, but no case has come in.
    .next = Name a vault with --vault, or --dry-run to check it only.
error-import-empty =
    .title = “{ $file }” holds no cases
    .what = It is empty or has headings only. Nothing has come in.
    .next = Check that it is the right file.
error-import-form =
    .title = “{ $file }” is no table
    .what = CSV and XLSX tables and JSON files are imported; this is another kind. Nothing has come in.
    .next = Save it from its program as CSV or XLSX.
error-import-old-workbook =
    .title = “{ $file }” is an old workbook, or has a password
    .what = An .xls or protected workbook can't be read. Nothing has come in.
    .next = Open it in the spreadsheet and save it as XLSX without a password.
error-import-broken-workbook =
    .title = “{ $file }” is damaged
    .what = The workbook can't be read to its end. Nothing has come in.
    .next = Open it in the spreadsheet and save it again.
error-import-sheet =
    .title = The sheet is not in “{ $file }”
    .what = The workbook has no sheet of that name. Nothing has come in.
    .next = Check the sheet's name.
error-import-unpacked =
    .title = “{ $file }” is too large inside
    .what = Unpacked, it takes more than a table of cases takes. Nothing has come in.
    .next = Check that the file can be trusted; if so, split it.
error-import-too-many =
    .title = “{ $file }” has too many rows, columns or cells
    .what = There is room for { $rows } rows and { $columns } columns. Nothing has come in.
    .next = Split the table into several files.
# $name: what was typed
error-import-mapping =
    .title = The mapping “{ $name }” can't be used
    .what = There is no column or no field of that name. Nothing has come in.
    .next = Write COLUMN=FIELD; the fields are: numero, hechos, fecha hechos, fecha denuncia, provincia, ambito, tipo discriminacion, intervencion, resultado, causa cierre, referencias, notas, estado.
# $rows: how many rows; $first: the first
error-import-blocked =
    .title = “{ $file }” can't be imported whole
    .what = { $rows } rows can't be cases; the first is { $first }. All comes in or nothing: nothing has come in.
    .next = Mend those rows, or change which field each column is.

## The window: exporting
menu-export = Export…
menu-import = Import…
menu-undo-import = Undo the import
export-heading = Export cases
export-shown = The case that is shown
# $count: the number, for the form; $number: the number as written
export-listed = { $count ->
    [one] The case in the list, as it is filtered
   *[other] The { $number } cases in the list, as it is filtered
}
export-format = Form of the file
export-format-docx = Word (.docx)
export-format-pdf = PDF (.pdf)
export-format-odt = OpenDocument (.odt)
export-format-csv = Table (.csv)
export-format-xlsx = Excel (.xlsx)
export-format-json = Complete, can be imported again (.json)
export-proposal = With the model's proposal and the predicted outcome
export-notes = With the office's notes
export-everything = It holds all data of each case, notes and proposal included.
export-marks = Mark generated text that nobody has reviewed
export-letterhead = Letterhead (up to eight lines)
export-letterhead-image = Letterhead picture (.png, .jpg)
export-browse-image = Choose a picture…
export-preview = Preview
# $file: the file's name
export-image-here = [picture: { $file }]
export-more = { $count ->
    [one] … and one more case.
   *[other] … and { $number } more cases.
}
export-understood = The file holds personal data, unencrypted: whoever has it can read it.
export-now = Export
export-writing = Writing…
# $value: how many signs
toast-export-boxes = Signs that the document's font lacks, boxes on paper: { $value }
# $value: megabytes
toast-export-too-large = The file is larger than { $value } MB, and this program does not import one as large again. To take the whole vault to another computer, use a backup.

## The window: importing
import-heading = Import cases
import-what = CSV or XLSX tables, and cases in JSON. What the file holds and what is wrong with it is shown before anything is imported.
import-file = File
import-read-file = Read
import-reading = Reading…
import-columns = What each column is
# $column: the column's heading
import-column-is = Field of the column “{ $column }”
import-own-form = It is a file of this program: all data come in as they went out.
import-problems = What was found
import-no-problems = Nothing wrong.
import-severity-blocking = Stops the import
import-severity-warning = Warning
import-severity-note = Note
# $number: how many
import-each-problem = See each by row and column ({ $number })
# $row: row; $words: the problem
import-problem = Row { $row } · { $words }
import-repeated = Repeated cases
import-policy-skip = Leave out
import-policy-merge = Merge
import-policy-keep = Keep
import-each-duplicate = Decide one by one
# $row, $other: rows; $likeness: per cent
import-like-row = Row { $row }: like row { $other } ({ $likeness } %)
# $other: the case's number
import-like-case = Row { $row }: like case { $other }, which is there already ({ $likeness } %)
# $rows: how many; $first: the first
import-blocked = All or nothing is imported, and { $rows } rows can't be cases (the first is row { $first }). Mend them, or change what each column is.
import-now = Import
import-done = { $added } cases have come in. Merged into another: { $merged }. Left out: { $skipped }.
import-done-note = They are in the list, not yet saved. This can be undone while the program stays open.
toast-import-undone = Import undone
# $value: how many cases
toast-import-kept = Cases that were changed since then and stay: { $value }

## On the command line, with a vault
cli-export-from = Facts from this day on
cli-export-to = Facts up to this day
cli-export-provincia = Province
cli-export-ambito = Ámbito, as the FSG writes it
cli-export-tipo = Kind of discrimination, as the FSG writes it
cli-export-resultado = Outcome: positivo, negativo or neutro
cli-export-estado = State: borrador, aceptado or cerrado
cli-export-bin = Searches the bin
cli-export-vault = Folder of the vault that the cases come from
cli-export-query = Only the cases that this search finds, as in search
cli-import-vault = Folder of the vault that the cases go into
cli-import-undo = Undo the last import into the vault
import-taken = Imported. It can be undone with --undo.
import-undone = Import undone. Cases that go: { $removed }; that are as before: { $restored }; that were changed later and stay: { $kept }.
error-import-nothing-to-undo =
    .title = There is no import to undo
    .what = No file has come into the vault, or it was undone before.
    .next = Cases can be sent to the bin one by one.
error-export-audit =
    .title = Nothing can be exported
    .what = Each export is noted in the vault’s log, which can’t be written to now: another window has the vault open, or its folder is read-only. No file was written.
    .next = Export from the other window, or close it and open the vault again. If the folder is read-only, open a copy of it on a disk that can be written to.
export-other-window = Nothing can be exported from here: another window has the vault open, and each export is noted in the vault’s log. Export from that window; or close it, cancel here and press “Try again”.
export-read-only = Nothing can be exported: the vault’s folder can’t be written to, and each export is noted in the vault’s log. Open a copy of the folder on a disk that can be written to.
# $number: how many cases, already written; $bytes: how much memory, already written
export-held-whole = A Word or PDF document is made whole in memory: with { $number } cases it takes about { $bytes } while it is written, perhaps for several minutes. The other forms are written case by case.
