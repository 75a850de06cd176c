# La caja por dentro: datos, copias de seguridad, ajustes, contraseña, registro de actividad.

menu-vault-data = Datos y copias…

# $name: nombre de la caja
care-heading = Caja «{ $name }»
care-page-data = Datos
care-page-backups = Copias de seguridad
care-page-settings = Ajustes
care-stop = Parar

## Datos
care-folder = Carpeta
care-access = Acceso
care-access-write = Se puede leer y escribir
# $since: fecha y hora
care-access-other = Solo lectura: la tiene abierta otra ventana desde el { $since }
care-access-read = Solo lectura: en su carpeta no se puede escribir
care-cases = Casos
# $cases, $bin: números ya escritos
care-cases-value = { $cases }; en la papelera: { $bin }
care-size = Tamaño
care-lines = Registro de actividad, líneas
care-last-backup = Última copia de seguridad
care-backup-never = Ninguna todavía
care-passphrase = Cambiar la contraseña…
care-recovery = Clave de recuperación nueva…
care-audit = Registro de actividad…
care-check = Comprobar la caja
care-checking = Comprobando la caja y sus copias
# $at: fecha y hora
care-check-good = Todo está como se escribió ({ $at })
# $at: fecha y hora
care-check-bad = Se han encontrado daños ({ $at })
# $good, $all: números ya escritos
care-check-backups = Copias de seguridad correctas: { $good } de { $all }
# $file: nombre del archivo
care-backup-damaged-file = La copia { $file } está dañada
care-restore-newest = Restaurar la última copia buena…

## Copias de seguridad
# $folder: carpeta
care-backups-where = Se guardan cifradas en { $folder }
care-backups-listing = Buscando las copias…
care-backups-none = Todavía no hay ninguna copia en esa carpeta.
care-back-up = Hacer una copia ahora
care-backing-up = Haciendo la copia y abriéndola para comprobarla
care-restore-other = Restaurar otra copia…
care-backup-date = Fecha
care-backup-size = Tamaño
care-backup-state = Estado
# $cases: número ya escrito
care-backup-good = Correcta, { $cases } casos
care-backup-other = De otra caja
care-backup-damaged = Dañada
care-backup-made = Comprobada al hacerla
care-backup-check = Comprobar
care-backup-restore = Restaurar…
toast-backed-up = Copia de seguridad hecha y comprobada.
# $reason: por qué
error-backup =
    .title = No se ha hecho la copia de seguridad
    .what = { $reason ->
        [full] No queda sitio para ella, en su carpeta o junto a la caja.
        [denied] En la carpeta de las copias no se puede escribir.
        [folder] La carpeta de las copias no se encuentra.
        [unverified] Al volver a abrirla no estaba como debía y se ha descartado.
       *[other] Algo ha fallado al escribirla.
    } Los casos están a salvo en la caja, y las copias anteriores siguen donde estaban.
    .next = { $reason ->
        [full] Dejar sitio en el disco o elegir otra carpeta en «Caja», «Datos y copias…», «Ajustes».
        [folder] Conectar el disco o elegir otra carpeta en «Caja», «Datos y copias…», «Ajustes».
        [denied] Elegir otra carpeta en «Caja», «Datos y copias…», «Ajustes».
       *[other] Repetirla en «Caja», «Datos y copias…»; si vuelve a pasar, elegir otra carpeta.
    }

## Ajustes
care-settings-read-only = La caja está abierta solo para leer: los ajustes no se pueden cambiar.
care-lock-after = Cerrar la caja si nadie la usa durante
care-clipboard = Borrar del portapapeles el texto copiado al cabo de
care-never = Nunca
# $count: minutos
care-minutes = { $count ->
    [one] 1 minuto
   *[other] { $count } minutos
}
# $count: segundos
care-seconds = { $count } segundos
care-record-user = Anotar el nombre de usuario del equipo en cada cambio
care-record-user-note = Así se sabe quién ha cambiado cada caso. No se anota nada más de nadie.
care-backup-folder = Carpeta de las copias de seguridad
care-backup-folder-note = Vacía: junto a la caja. Es mejor otro disco o una carpeta de red.
care-rotation = Copias que se conservan: la última de cada uno de tantos
care-rotation-days = días
care-rotation-weeks = semanas
care-rotation-months = meses
care-recipients = Otras claves que abren las copias, una en cada línea
care-recipients-note = Claves públicas de age («age1…»), por ejemplo la de quien administra los equipos. Quien tenga la clave privada podrá leer las copias sin la contraseña.
# $line: número de línea
care-recipient-wrong = La línea { $line } no es una clave pública de age.
care-settings-save = Guardar los ajustes
toast-vault-settings = Ajustes de la caja guardados.

## Contraseña
passphrase-heading = Cambiar la contraseña
passphrase-old = Contraseña actual
passphrase-forgotten = Nadie la recuerda: usar la clave de recuperación
passphrase-new = Contraseña nueva
passphrase-again = La nueva otra vez
passphrase-differs = Las dos no son iguales.
# $least: número de letras
passphrase-short = Demasiado corta: al menos { $least } letras.
passphrase-weak = Fácil de adivinar. Cuatro o cinco palabras sin relación entre sí protegen mucho mejor.
passphrase-strong = Difícil de adivinar.
passphrase-note = La clave de recuperación impresa sigue valiendo. Las copias ya hechas se abren con la contraseña de su día; después del cambio se hace una nueva.
passphrase-change = Cambiar la contraseña
passphrase-busy = Cambiándola…
toast-passphrase-changed = Contraseña cambiada.

## Clave de recuperación
renewal-heading = Clave de recuperación nueva
renewal-what = Para cuando el papel se ha perdido o lo ha visto alguien que no debía. La clave anterior deja de abrir la caja; las copias ya hechas se siguen abriendo con ella.
renewal-make = Crear otra clave
renewal-busy = Creándola…
recovery-keep = Comprobar y cambiar la clave
recovery-old-counts = Hasta comprobar el papel sigue valiendo la clave anterior.
toast-recovery-kept = La clave de recuperación nueva ya vale. Conviene destruir el papel de la anterior.

## Restaurar
restore-heading = Restaurar una copia de seguridad
restore-what = Se crea una caja nueva con los casos de la copia. La caja actual no se toca.
restore-file = Copia de seguridad (nombre.pagcopia)
restore-folder = Carpeta de la caja nueva
restore-folder-note = No debe existir todavía. Su nombre termina en «.pagvault».
restore-by-passphrase = Con la contraseña
restore-by-recovery = Con la clave de recuperación
restore-passphrase = Contraseña que tenía la caja el día de la copia
restore-recovery = Clave de recuperación impresa
restore-running = Restaurando y comprobando
restore-main = Restaurar
# $folder: carpeta; $cases: número ya escrito
restore-done = Caja restaurada en { $folder }, con { $cases } casos. Está comprobada.
restore-open-question = ¿Abrirla ahora? La caja que está abierta se cierra; lo escrito en ella queda guardado como borrador.
restore-open = Abrir la caja restaurada
error-vault-stopped =
    .title = Se ha parado
    .what = No se ha terminado y no ha quedado nada a medias. La caja está intacta.
    .next = Repetirlo cuando convenga.

## Avisos al abrir
notices-heading = Al abrir la caja
notice-keys-next = No hace falta hacer nada. Si vuelve a pasar, conviene revisar el disco.
notice-end-next = Lo demás está intacto. La copia se restaura en una caja aparte, para comparar.
notice-end-alone = Lo demás está intacto. No se ha encontrado ninguna copia de seguridad con la que comparar.
notice-migrated-next = No hace falta hacer nada.
notice-attempts-next = Si no ha sido nadie de la oficina, conviene cambiar la contraseña.

## Copia al cerrar
closing-backing-up = Haciendo la copia de seguridad
closing-safe = Los casos ya están guardados. El programa se cierra al terminar.
closing-without = Cerrar sin hacer la copia
closing-close = Cerrar el programa
closing-again = Volver a intentarlo
closing-stay = No cerrar, volver a la ventana
closing-next-time = Si el programa se cierra sin ella, la copia se vuelve a intentar la próxima vez que se abra la caja.

## Registro de actividad
care-audit-heading = Registro de actividad
care-audit-what = Qué se ha hecho con la caja y cuándo, lo último primero. No contiene texto de los casos.
care-audit-reading = Leyendo…
# $seq: número de línea
care-audit-missing = Falta la línea { $seq }
care-audit-gone = caso borrado
# $revision: número
care-audit-revision = versión { $revision }
care-audit-attachments = documentos adjuntos
audit-new-vault = Caja creada
audit-create = Caso nuevo
audit-edit = Caso cambiado
audit-accept = Intervención decidida
audit-export = Casos exportados
audit-import = Casos importados
audit-undo-import = Importación deshecha
audit-bin = Caso a la papelera
audit-unbin = Caso sacado de la papelera
audit-delete = Caso borrado para siempre
audit-unlock = Caja abierta
audit-failed-unlock = Intento fallido de abrirla
audit-backup = Copia de seguridad
audit-restore = Caja restaurada de una copia
audit-passphrase = Contraseña cambiada
audit-recovery = Clave de recuperación cambiada
audit-settings = Ajustes cambiados
audit-migrate = Caja puesta al día
audit-behind = El registro no coincidía con lo anotado aparte
audit-other = Otra cosa
