# The vault in the window: first start, locked, open.

vault-locked = La caja está cerrada
vault-passphrase = Contraseña
vault-unlock = Abrir la caja
