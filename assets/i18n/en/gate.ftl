# The vault in the window: first start, locked, open.

## Locked
vault-locked = The vault “{ $name }” is locked
vault-typed-is-kept = What was typed is kept inside it as a draft.
vault-passphrase = Passphrase
vault-recovery-key = Recovery key
vault-recovery-key-note = The eight groups on the paper. With dashes, with blanks or in small letters, as you like.
vault-show = Show what is typed
vault-unlock = Open the vault
vault-opening = Opening…
vault-use-recovery = Use the recovery key
vault-use-passphrase = Use the passphrase
vault-wait = { $count ->
    [one] You can try again in one second.
   *[other] You can try again in { $count } seconds.
}
vault-other = Another vault…
vault-go-on-without = Go on without the vault this time
vault-go-on-without-note = The vault's cases stay locked. What is written is kept in files that are not encrypted.
vault-held = { $count ->
    [one] The vault could not keep the last text of one case. It is still in the program's memory: make room on the disk and open the vault.
   *[other] The vault could not keep the last text of { $count } cases. It is still in the program's memory: make room on the disk and open the vault.
}
vault-held-leaving = Quitting now loses that text.
vault-quit-anyway = Quit and lose it

## First start
choose-heading = Where to keep the cases
choose-why = The cases speak of people. A vault keeps them encrypted on this computer: nobody can read them without its passphrase.
choose-create = Make a new vault (recommended)
choose-open = Open a vault that exists
choose-without = Go on without a vault
choose-restore = Restore a backup…
choose-back = Back
choose-folder = Folder of the new vault
choose-existing = Folder of the vault
choose-passphrase = New passphrase
choose-again = The same passphrase again
choose-differ = The two passphrases are not the same.
choose-advice = At least { $least } letters. Four or five words that have nothing to do with each other are easy to remember and hard to guess.
choose-missing = { $count ->
    [one] One more letter is needed
   *[other] { $count } more letters are needed
}
choose-lost = If the passphrase and the recovery key are lost, the cases are lost: nobody else can open the vault.
choose-make = Make the vault
choose-making = Making the vault…
choose-without-risk = Cases are kept in files that are not encrypted. Whoever uses this computer, takes it away or copies its disk can read them.
choose-without-later = A vault can be made later from the menu “Vault”.
choose-go-on = Go on without a vault
strength-none = Guessed at once
strength-weak = Easy to guess
strength-good = Hard to guess
strength-best = Very hard to guess

## Recovery key
recovery-heading = Recovery key
recovery-what = It opens the vault when nobody remembers the passphrase. It is shown only now: it has to go onto paper.
recovery-where = Keep the paper away from this computer, with the important documents. Whoever has it can open the vault.
recovery-written = It is on paper
recovery-print = Save for printing…
recovery-print-risk = The file is not encrypted: whoever reads it can open the vault. Print it, and delete it at once.
recovery-print-folder = Folder of the file
recovery-print-now = Save the file
recovery-print-words = Recovery key of the vault “{ $name }”. It opens the vault when nobody remembers the passphrase. Keep it on paper, away from the computer, and delete this file.
recovery-printed = The key is in { $file }, not encrypted. Once it is printed, delete the file.
recovery-remove = Delete the file
recovery-ask = To check that the paper is right, type group { $group } of the key.
recovery-group = The five letters of the group
recovery-wrong = The key has another group there. Look at it again and correct the paper.
recovery-enter = Check and go in
recovery-again = Show the key again

## Open
menu-vault = Vault
menu-vault-create = Make another vault…
menu-vault-open = Open another vault…
command-lock = Lock
read-only-held = Read only: the vault has been open in another window since { $since } (process { $process }).
read-only-held-unnamed = Read only: the vault is open in another window.
read-only-folder = Read only: the vault's folder can't be written to.
read-only-retry = Try again
toast-read-only = The vault is open for reading only
toast-still-read-only = The vault is still open in another window
toast-held = What could not be kept when it was locked is back in the window (cases: { $value })
toast-file-stays = Saved in the vault. The file “{ $value }” is still where it was, not encrypted
toast-copied-leaves = Copied. It leaves the clipboard in { $value } s
close-into-vault = They will be saved in the vault “{ $name }”.

## Two texts of one case
conflict-heading = The case has changed meanwhile
conflict-what = Another window saved case { $number } after it was opened here. What differs is shown.
conflict-theirs = In the vault, saved { $at }
conflict-mine = In this window, not saved
conflict-notes = Notes
conflict-suggestion = Suggestion
conflict-both = Keep both
conflict-both-note = This window's text is saved as a case of its own, with another number.
conflict-keep-mine = Save this window's text
conflict-keep-mine-note = What is in the vault becomes an earlier version of the case.
conflict-keep-theirs = Take the vault's text
conflict-keep-theirs-note = What was typed in this window is thrown away.
conflict-note = “Keep both” saves this window's text as a case of its own. With “Save this window's text”, the vault's becomes an earlier version. “Take the vault's text” throws away what was typed here.
toast-theirs = The vault's text is shown
