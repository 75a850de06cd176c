# The vault in the window: first start, locked, open.

vault-locked = The vault is locked
vault-passphrase = Passphrase
vault-unlock = Open the vault
