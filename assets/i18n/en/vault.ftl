### The case vault: words of the window and of the command line.

## Errors
error-vault-none =
    .title = There is no case vault here
    .what = The chosen folder has no file with a vault's keys.
    .next = Choose the folder whose name ends in “.pagvault”.
error-vault-exists =
    .title = Something has that name already
    .what = A new vault is never made over anything else. Nothing was changed.
    .next = Choose another folder or another name.
error-vault-wrong =
    .title = The passphrase does not open the vault
    .what = The passphrase or recovery key is not this vault's. The cases are still locked and safe.
    .next = Check capitals and the keyboard's language, and type it again.
error-vault-empty =
    .title = The passphrase is missing
    .what = An empty passphrase, or one of blanks alone, protects nothing.
    .next = Type a passphrase.
error-vault-long =
    .title = The passphrase is too long
    .what = Up to 16 kilobytes are taken.
    .next = Check that no other text was pasted in its place.
# $least: number of letters
error-vault-short =
    .title = The passphrase is too short
    .what = It needs at least { $least } letters. Nothing was changed.
    .next = Choose a longer one: four or five unrelated words are enough.
# $group: number of the group, from 1
error-vault-recovery-group =
    .title = A letter of the recovery key is wrong
    .what = Group { $group } cannot be like that.
    .next = Compare that group with the paper and correct it.
# $found, $wanted: numbers of letters
error-vault-recovery-length =
    .title = The recovery key is not whole
    .what = It has { $found } letters; there should be { $wanted }.
    .next = Type the eight groups of five letters.
# $seconds: seconds to wait; $failures: failed attempts
error-vault-too-soon =
    .title = Wait before trying again
    .what = There were { $failures } failed attempts in a row. The cases are still locked and safe.
    .next = Try again in { $seconds } s.
error-vault-kdf =
    .title = The vault asks for something impossible
    .what = The file of keys asks for more memory or time than any vault of this program does. It was not opened.
    .next = Restore the latest backup into a new vault.
# $version: version number
error-vault-newer =
    .title = The vault is of a later version of the program
    .what = It was made with version { $version } of the vault, which this program does not know. Nothing was changed.
    .next = Install the current version of the program.
error-vault-damaged =
    .title = The vault's database is damaged
    .what = A part is not as it was written. No text is shown that could be false.
    .next = Restore the latest backup into a new vault.
error-vault-damaged-keys =
    .title = The vault's keys are damaged
    .what = Neither of the two files of keys can be read. The database was not touched.
    .next = Restore the latest backup into a new vault.
error-vault-damaged-log =
    .title = The vault's latest changes are missing
    .what = The log ends earlier than it should.
    .next = Compare with the latest backup.
error-vault-other-keys =
    .title = The keys are not this database's
    .what = The folder holds a database of another vault. Nothing was changed.
    .next = Put the files back, or restore the latest backup into a new vault.
# $kind: name of the file system
error-vault-network =
    .title = The vault cannot be in a network folder
    .what = The folder is on another computer ({ $kind }), where it can't be promised that what is saved stays saved.
    .next = Choose a folder of this computer. Backups may go to the network.
error-vault-read-only =
    .title = The vault is open for reading only
    .what = Nothing was changed. What was typed is still in the window.
    .next = Close the other window that uses it, or choose a folder that can be written to.
error-vault-in-use =
    .title = Another program is using the vault
    .what = Nothing was changed. What was typed is still in the window.
    .next = Wait a moment or close the other window.
error-vault-no-case =
    .title = That case is not in the vault
    .what = Another window may have deleted it. What was typed is still in the window.
    .next = Refresh the list of cases.
error-vault-conflict =
    .title = The case was changed meanwhile
    .what = Another window saved it after it was opened here. Both versions are intact.
    .next = Save this one as a new case, or open it again.
error-vault-no-undo =
    .title = The import cannot be undone
    .what = It was undone before, or it is not in this vault. Nothing was changed.
    .next = Delete the cases one by one if they are not wanted.
error-vault-backup-key =
    .title = The backup is of another vault
    .what = None of the keys at hand opens it.
    .next = Choose another backup, or use the passphrase that the vault had when it was made.
error-vault-backup-damaged =
    .title = The backup is damaged
    .what = It is not as it was written. The vault was not touched.
    .next = Choose the backup before it.
error-vault-backup-unverified =
    .title = The backup did not turn out well
    .what = When it was opened again it did not hold the same as the vault. It was dropped; the vault is intact.
    .next = Choose another folder or check the disk.
error-vault-recipient =
    .title = The backups' recipient is not valid
    .what = It should be a public age key, which begins with “age1”.
    .next = Check that all of it was copied.
# $file: name of the file or folder
error-vault-full =
    .title = The disk is full
    .what = The vault is as it was before the last change. What was typed is still in the window.
    .next = Free some space on the disk and try again.
# $file: name of the file or folder
error-vault-denied =
    .title = That folder cannot be written to
    .what = The system does not allow writing “{ $file }”. What was there has not changed.
    .next = Choose another folder, or ask whoever administers the computer.
# $file: name of the file or folder
error-vault-no-folder =
    .title = Not found
    .what = “{ $file }” does not exist or is no longer there.
    .next = Check the name, and that the disk is still connected.
# $file: name of the file or folder
error-vault-io =
    .title = The disk does not answer as it should
    .what = “{ $file }” could not be read or written. What was there has not changed.
    .next = Check that the disk is still connected and try again.
error-vault-fault =
    .title = The vault failed
    .what = What was asked for was not done and nothing was changed. What was typed is still in the window.
    .next = Try again. If it happens again, verify the vault.

## Command line
# $file: name of the file
error-cli-passphrase-file =
    .title = The passphrase's file cannot be read
    .what = “{ $file }” is not there, can't be read, or is not UTF-8 text.
    .next = Check its name and permissions.
error-cli-passphrase-none =
    .title = The passphrase is missing
    .what = There is no terminal to ask on and no file to read it from. The passphrase is not taken as an argument.
    .next = Give --passphrase-file, or the variable PAG_BERT_PASSPHRASE_FILE with a file's name.
error-cli-passphrase-differ =
    .title = The two passphrases are not the same
    .what = Nothing was made or changed.
    .next = Run it again and type the same one twice.
error-cli-vault-findings =
    .title = Verifying found damage
    .what = It is named above. Nothing was changed.
    .next = Restore the latest backup that is said to be good into a new vault.
# $value: what was typed
error-cli-filter =
    .title = A filter is not valid
    .what = “{ $value }” is none of the possible values.
    .next = Write it as the FSG's forms do; dates as 2026-11-03 or 03/11/2026.

cli-vault = The vault's folder (name.pagvault)
cli-passphrase-file = File whose first line is the passphrase; without it, the one that PAG_BERT_PASSPHRASE_FILE names; else it is asked for on the terminal
cli-recovery-file = File with the recovery key, instead of the passphrase
cli-vault-about = Makes, verifies and backs up the encrypted vault of cases
cli-vault-create-about = Makes an empty vault and prints its recovery key, which is not shown again
cli-vault-create-json = One JSON object instead of text
cli-vault-info-about = Says what is in the vault, without any text of the cases
cli-vault-info-json = One JSON object instead of text
cli-vault-verify-about = Verifies each page, the audit log and all backups; ends with 1 if it finds damage
cli-vault-verify-json = One JSON object instead of text
cli-vault-backup-about = Makes an encrypted backup, opens it again and prints its name
cli-vault-backup-out = Folder for this backup; without it the vault's own, where old ones are let go
cli-vault-backup-json = One JSON object instead of text
cli-vault-restore-about = Makes a new vault from a backup; never over another
cli-vault-restore-backup = The backup (name.pagcopia)
cli-vault-restore-identity-file = File with an age identity (AGE-SECRET-KEY-1…), instead of the passphrase
cli-vault-restore-json = One JSON object instead of text
cli-vault-change-passphrase-about = Changes the passphrase; nothing is encrypted anew, and the recovery key stays good
cli-vault-change-passphrase-new-passphrase-file = File with the new passphrase; without it, it is asked for on the terminal
cli-vault-change-passphrase-json = One JSON object instead of text
cli-vault-new-recovery-key-about = Makes another recovery key and prints it once; the one before no longer opens the vault
cli-vault-new-recovery-key-json = One JSON object instead of text
cli-search-about = Searches the vault's cases, whatever the accents and capitals
cli-search-query = Words; "in quotes" they stand together, with * they are beginnings, with - before them they must not be there. Empty: all
cli-search-from = Facts from this day on
cli-search-to = Facts up to this day
cli-search-provincia = Province
cli-search-ambito = Ámbito, as the FSG writes it
cli-search-tipo = Kind of discrimination, as the FSG writes it
cli-search-resultado = Outcome: positivo, negativo or neutro
cli-search-estado = State: borrador, aceptado or cerrado
cli-search-bin = Searches the bin
cli-search-limit = At most so many cases
cli-search-offset = Passes over the first ones
cli-search-json = One JSON object instead of text
cli-bench-vault-about = Measures the vault on this computer with invented cases: opening, listing, searching, saving, backing up
cli-bench-vault-cases = So many cases; 1000, 10000… up to them are measured too
cli-bench-vault-folder = Folder in which the trial vault is made and removed; without it the system's temporary one
cli-bench-vault-json = One JSON object instead of text

## What the commands print
cli-vault-passphrase = Passphrase of the vault:{" "}
cli-vault-passphrase-new = New passphrase:{" "}
cli-vault-passphrase-again = The same again:{" "}
cli-vault-passphrase-weak = Note: this passphrase is easy to guess. Four or five random words protect far better; it can be changed with “vault change-passphrase”.
# $vault: folder
cli-vault-created = Vault made: { $vault }
# $key: the key
cli-vault-recovery =
    Recovery key: { $key }
    Keep it on paper and away from this computer. It opens the vault when nobody remembers the passphrase. It is not shown again.
# All values are numbers or names, written as the language reads them
cli-vault-info =
    Vault: { $vault }
    Cases: { $cases }; in the bin: { $bin }; drafts not saved: { $drafts }
    Database: { $bytes }; version { $version }
    Passphrase: Argon2id, { $memory }, { $passes } passes
    Audit log: { $lines } lines
    Backups: { $backups } in { $folder }
    Latest backup: { $last }
cli-vault-never = none
cli-vault-read-only = The vault is open for reading only.
# $pages: "ok" or not
cli-vault-verify-pages = Database: { $state ->
    [ok] good
   *[other] DAMAGED
}
# $lines: number of lines
cli-vault-verify-audit = Audit log: { $lines } lines, { $state ->
    [ok] chain whole
   *[other] ALTERED
}
# $file: name; $cases: number of cases
cli-vault-verify-backup = Backup { $file }: { $state ->
    [ok] good, { $cases } cases
    [other-keys] of another vault
   *[other] DAMAGED
}
# $seq: number of the line; $at: date and time; $kind: what it says was done
cli-vault-found-edited = Line { $seq } of the audit log is not as it was written (it says “{ $kind }”, { $at })
# $count: how many lines; $from, $to: their numbers, already written
cli-vault-found-removed = { $count ->
    [one] Line { $from } of the audit log is missing
   *[other] Lines of the audit log are missing: { $from } to { $to }
}
cli-vault-found-cut = { $count ->
    [one] The audit log is cut off: line { $from } is missing
   *[other] The audit log is cut off: { $from } to { $to } are missing
}
cli-vault-found-added = { $count ->
    [one] A line was added at the audit log's end: { $from }
   *[other] Lines were added at the audit log's end: { $from } to { $to }
}
cli-vault-found-rewritten = The audit log was written anew: line { $seq } is not the one that was noted apart
cli-vault-found-no-head = The file that notes apart where the audit log ends is missing
# $file: name of the backup
cli-vault-offer = The newest good backup is { $file }
cli-vault-repaired = One of the two copies of the keys was damaged and has been made anew from the other.
# $found, $expected: numbers of lines
cli-vault-end-lost = The vault's latest changes are missing: the log has { $found } lines and had { $expected }.
# $from: version
cli-vault-migrated = The vault was of version { $from }; a backup was made ({ $file }) and it was brought up to date.
# $count: number of attempts
cli-vault-failed = Failed attempts to open the vault since the last time: { $count }
# $file: name
cli-vault-backed-up = Backup made and verified: { $file }
# $vault: folder; $cases: number of cases
cli-vault-restored = Vault restored: { $vault }, { $cases } cases
cli-vault-recovery-renewed = The recovery key of before no longer opens the vault; backups that are already made still open with it.
cli-vault-passphrase-changed = Passphrase changed. Earlier backups still open with the one of their day.
# $total, $shown: numbers of cases
cli-search-total = { $total } cases; { $shown } shown
