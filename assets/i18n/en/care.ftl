# The vault from inside: data, backups, settings, passphrase, audit log.

menu-vault-data = Data and backups…

# $name: the vault's name
care-heading = Vault “{ $name }”
care-page-data = Data
care-page-backups = Backups
care-page-settings = Settings
care-stop = Stop

## Data
care-folder = Folder
care-access = Access
care-access-write = Reading and writing
# $since: date and time
care-access-other = Reading only: another window has had it open since { $since }
care-access-read = Reading only: its folder can’t be written to
care-cases = Cases
# $cases, $bin: numbers, already written
care-cases-value = { $cases }; in the bin: { $bin }
care-size = Size
care-lines = Activity log, lines
care-last-backup = Last backup
care-backup-never = None yet
care-passphrase = Change the passphrase…
care-recovery = New recovery key…
care-audit = Activity log…
care-check = Check the vault
care-checking = Checking the vault and its backups
# $at: date and time
care-check-good = Everything is as it was written ({ $at })
# $at: date and time
care-check-bad = Damage was found ({ $at })
# $good, $all: numbers, already written
care-check-backups = Good backups: { $good } of { $all }
# $file: the file’s name
care-backup-damaged-file = The backup { $file } is damaged
care-restore-newest = Restore the newest good backup…

## Backups
# $folder: folder
care-backups-where = They are kept, encrypted, in { $folder }
care-backups-listing = Looking for backups…
care-backups-none = There is no backup in that folder yet.
care-back-up = Make a backup now
care-backing-up = Making the backup, and opening it to check it
care-restore-other = Restore another backup…
care-backup-date = Date
care-backup-size = Size
care-backup-state = State
# $cases: a number, already written
care-backup-good = Good, { $cases } cases
care-backup-other = Of another vault
care-backup-damaged = Damaged
care-backup-made = Checked when it was made
care-backup-check = Check
care-backup-restore = Restore…
toast-backed-up = Backup made and checked.
# $reason: why
error-backup =
    .title = The backup was not made
    .what = { $reason ->
        [full] There is no room for it, in its folder or beside the vault.
        [denied] The folder for backups can’t be written to.
        [folder] The folder for backups can’t be found.
        [unverified] When it was opened again it was not as it should be, and was thrown away.
       *[other] Something failed while it was written.
    } The cases are safe in the vault, and earlier backups are where they were.
    .next = { $reason ->
        [full] Make room on the disk, or choose another folder in “Vault”, “Data and backups…”, “Settings”.
        [folder] Connect the disk, or choose another folder in “Vault”, “Data and backups…”, “Settings”.
        [denied] Choose another folder in “Vault”, “Data and backups…”, “Settings”.
       *[other] Make it again in “Vault”, “Data and backups…”; if it happens again, choose another folder.
    }

## Settings
care-settings-read-only = The vault is open for reading only: its settings can’t be changed.
care-lock-after = Lock the vault when nobody uses it for
care-clipboard = Take copied text out of the clipboard after
care-never = Never
# $count: minutes
care-minutes = { $count ->
    [one] 1 minute
   *[other] { $count } minutes
}
# $count: seconds
care-seconds = { $count } seconds
care-record-user = Note this computer’s user name with each change
care-record-user-note = So that it is known who changed a case. Nothing else is noted about anybody.
care-backup-folder = Folder for backups
care-backup-folder-note = Empty: beside the vault. Another disk or a network folder is better.
care-rotation = Backups that are kept: the last one of each of so many
care-rotation-days = days
care-rotation-weeks = weeks
care-rotation-months = months
care-recipients = Other keys that open the backups, one a line
care-recipients-note = Public keys of age (“age1…”), such as that of whoever looks after the computers. Whoever has the private key can read the backups without the passphrase.
# $line: the line’s number
care-recipient-wrong = Line { $line } is not a public key of age.
care-settings-save = Save the settings
toast-vault-settings = The vault’s settings are saved.

## Passphrase
passphrase-heading = Change the passphrase
passphrase-old = Present passphrase
passphrase-forgotten = Nobody remembers it: use the recovery key
passphrase-new = New passphrase
passphrase-again = The new one again
passphrase-differs = The two are not the same.
# $least: number of letters
passphrase-short = Too short: at least { $least } letters.
passphrase-weak = Easy to guess. Four or five words that have nothing to do with each other protect much better.
passphrase-strong = Hard to guess.
passphrase-note = The printed recovery key stays valid. Backups that were made already open with the passphrase of their day; after the change a new one is made.
passphrase-change = Change the passphrase
passphrase-busy = Changing it…
toast-passphrase-changed = Passphrase changed.

## Recovery key
renewal-heading = New recovery key
renewal-what = For when the paper is lost, or somebody has seen it who should not. The key of before no longer opens the vault; backups that are already made still open with it.
renewal-make = Make another key
renewal-busy = Making it…
recovery-keep = Check, and change the key
recovery-old-counts = Until the paper is checked, the key of before counts.
toast-recovery-kept = The new recovery key counts now. The paper of the one before should be destroyed.

## Restoring
restore-heading = Restore a backup
restore-what = A new vault is made with the backup’s cases. The present vault is not touched.
restore-file = Backup (name.pagcopia)
restore-folder = The new vault’s folder
restore-folder-note = It must not exist yet. Its name ends in “.pagvault”.
restore-by-passphrase = With the passphrase
restore-by-recovery = With the recovery key
restore-passphrase = The passphrase that the vault had on the backup’s day
restore-recovery = Printed recovery key
restore-running = Restoring and checking
restore-main = Restore
# $folder: folder; $cases: a number, already written
restore-done = Vault restored in { $folder }, with { $cases } cases. It was checked.
restore-open-question = Open it now? The vault that is open is locked; what was typed in it stays as a draft.
restore-open = Open the restored vault
error-vault-stopped =
    .title = It was stopped
    .what = It did not come to an end, and nothing half done is left. The vault is as it was.
    .next = Do it again when it suits.

## Notices after opening
notices-heading = On opening the vault
notice-keys-next = Nothing needs to be done. If it happens again, have the disk looked at.
notice-end-next = All else is as it was. The backup is restored into a vault of its own, to compare.
notice-end-alone = All else is as it was. No backup was found to compare with.
notice-migrated-next = Nothing needs to be done.
notice-attempts-next = If it was nobody of the office, the passphrase should be changed.

## The backup on the way out
closing-backing-up = Making the backup
closing-safe = The cases are saved already. The program closes when this is done.
closing-without = Close without the backup
closing-close = Close the program
closing-again = Try again
closing-stay = Don’t close, back to the window
closing-next-time = If the program closes without it, the backup is tried again the next time the vault is opened.

## Activity log
care-audit-heading = Activity log
care-audit-what = What was done with the vault and when, the newest first. It holds no text of cases.
care-audit-reading = Reading…
# $seq: the line’s number
care-audit-missing = Line { $seq } is missing
care-audit-gone = deleted case
# $revision: number
care-audit-revision = version { $revision }
care-audit-attachments = attachments
audit-new-vault = Vault made
audit-create = New case
audit-edit = Case changed
audit-accept = Intervention decided
audit-export = Cases exported
audit-import = Cases imported
audit-undo-import = Import undone
audit-bin = Case to the bin
audit-unbin = Case out of the bin
audit-delete = Case deleted for good
audit-unlock = Vault opened
audit-failed-unlock = Failed attempt to open it
audit-backup = Backup
audit-restore = Vault restored from a backup
audit-passphrase = Passphrase changed
audit-recovery = Recovery key changed
audit-settings = Settings changed
audit-migrate = Vault brought up to date
audit-behind = The log did not match what was noted apart
audit-other = Something else
