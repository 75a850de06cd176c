# La caja en la ventana: primer inicio, cerrada, abierta.

## Cerrada
# $name: nombre de la caja
vault-locked = La caja «{ $name }» está cerrada
vault-typed-is-kept = Lo escrito está guardado dentro como borrador.
vault-passphrase = Contraseña
vault-recovery-key = Clave de recuperación
vault-recovery-key-note = Los ocho grupos del papel. Da igual escribirlos con guiones, con espacios o en minúsculas.
vault-show = Mostrar lo que se escribe
vault-unlock = Abrir la caja
vault-opening = Abriendo…
vault-use-recovery = Usar la clave de recuperación
vault-use-passphrase = Usar la contraseña
# $count: segundos
vault-wait = { $count ->
    [one] Se puede volver a intentar dentro de un segundo.
   *[other] Se puede volver a intentar dentro de { $count } segundos.
}
vault-other = Otra caja…
vault-go-on-without = Seguir esta vez sin la caja
vault-go-on-without-note = Los casos de la caja siguen cerrados. Lo que se escriba se guarda en archivos sin cifrar.
# $count: casos con texto
vault-held = { $count ->
    [one] La caja no ha podido guardar lo último que se escribió en un caso. Sigue en la memoria del programa: conviene dejar sitio en el disco y abrir la caja.
   *[other] La caja no ha podido guardar lo último que se escribió en { $count } casos. Sigue en la memoria del programa: conviene dejar sitio en el disco y abrir la caja.
}
vault-held-leaving = Al salir ahora se pierde ese texto.
vault-quit-anyway = Salir y perderlo

## Primer inicio
choose-heading = Dónde guardar los casos
choose-why = Los casos hablan de personas. Una caja los guarda cifrados en este equipo: sin su contraseña nadie los puede leer.
choose-create = Crear una caja nueva (recomendado)
choose-open = Abrir una caja que ya existe
choose-without = Seguir sin caja
choose-restore = Restaurar una copia de seguridad…
choose-back = Volver
choose-folder = Carpeta de la caja nueva
choose-existing = Carpeta de la caja
choose-passphrase = Contraseña nueva
choose-again = La misma contraseña otra vez
choose-differ = Las dos contraseñas no son iguales.
# $least: número de letras
choose-advice = Al menos { $least } letras. Cuatro o cinco palabras sin relación entre sí se recuerdan bien y son difíciles de adivinar.
# $count: letras que faltan
choose-missing = { $count ->
    [one] Falta una letra
   *[other] Faltan { $count } letras
}
choose-lost = Si se pierden la contraseña y la clave de recuperación, los casos se pierden: nadie más puede abrir la caja.
choose-make = Crear la caja
choose-making = Creando la caja…
choose-without-risk = Los casos se guardan en archivos sin cifrar. Quien use este equipo, se lo lleve o copie su disco puede leerlos.
choose-without-later = Una caja se puede crear más adelante desde el menú «Caja».
choose-go-on = Seguir sin caja
strength-none = Se adivina enseguida
strength-weak = Fácil de adivinar
strength-good = Difícil de adivinar
strength-best = Muy difícil de adivinar

## Clave de recuperación
recovery-heading = Clave de recuperación
recovery-what = Abre la caja cuando nadie recuerda la contraseña. Solo se muestra ahora: hay que pasarla a papel.
recovery-where = El papel se guarda lejos de este equipo, con los documentos importantes. Quien lo tenga puede abrir la caja.
recovery-written = Ya está en papel
recovery-print = Guardar para imprimir…
recovery-print-risk = El archivo no va cifrado: quien lo lea puede abrir la caja. Conviene imprimirlo y borrarlo enseguida.
recovery-print-folder = Carpeta del archivo
recovery-print-now = Guardar el archivo
# $name: nombre de la caja
recovery-print-words = Clave de recuperación de la caja «{ $name }». Abre la caja cuando nadie recuerda la contraseña. Guardar en papel, lejos del equipo, y borrar este archivo.
# $file: nombre del archivo
recovery-printed = La clave está sin cifrar en { $file }. Una vez impresa, conviene borrar el archivo.
recovery-remove = Borrar el archivo
# $group: número del grupo, desde 1
recovery-ask = Para comprobar que el papel está bien, escribir el grupo { $group } de la clave.
recovery-group = Las cinco letras del grupo
recovery-wrong = Ese grupo no es así en la clave. Conviene volver a verla y corregir el papel.
recovery-enter = Comprobar y entrar
recovery-again = Volver a ver la clave

## Abierta
menu-vault = Caja
menu-vault-create = Crear otra caja…
menu-vault-open = Abrir otra caja…
command-lock = Bloquear
# $process: número; $since: fecha y hora
read-only-held = Solo lectura: la caja está abierta en otra ventana desde el { $since } (proceso { $process }).
read-only-held-unnamed = Solo lectura: la caja está abierta en otra ventana.
read-only-folder = Solo lectura: en la carpeta de la caja no se puede escribir.
read-only-retry = Volver a intentar
toast-read-only = La caja está abierta solo para leer
toast-still-read-only = La caja sigue abierta en otra ventana
# $value: casos
toast-held = Lo que no se pudo guardar al bloquear está de nuevo en la ventana (casos: { $value })
# $value: nombre del archivo
toast-file-stays = Guardado en la caja. El archivo «{ $value }» sigue donde estaba, sin cifrar
# $value: segundos
toast-copied-leaves = Copiado. Dentro de { $value } s se borra del portapapeles
# $name: nombre de la caja
close-into-vault = Se guardarán en la caja «{ $name }».

## Dos textos de un caso
conflict-heading = El caso ha cambiado mientras tanto
# $number: número del caso
conflict-what = Otra ventana ha guardado el caso { $number } después de abrirlo aquí. Se muestra lo que es distinto.
# $at: fecha y hora
conflict-theirs = En la caja, guardado el { $at }
conflict-mine = En esta ventana, sin guardar
conflict-notes = Notas
conflict-suggestion = Propuesta
conflict-both = Conservar los dos
conflict-both-note = Lo de esta ventana se guarda como un caso aparte, con otro número.
conflict-keep-mine = Guardar lo de esta ventana
conflict-keep-mine-note = Lo que hay en la caja queda como versión anterior del caso.
conflict-keep-theirs = Quedarse con lo de la caja
conflict-keep-theirs-note = Lo escrito en esta ventana se descarta.
conflict-note = «Conservar los dos» guarda lo de esta ventana como un caso aparte. Con «Guardar lo de esta ventana», lo de la caja queda como versión anterior. «Quedarse con lo de la caja» descarta lo escrito aquí.
toast-theirs = Se muestra lo que hay en la caja
