### La caja de casos: palabras de la ventana y de la línea de órdenes.

## Errores
error-vault-none =
    .title = Aquí no hay ninguna caja de casos
    .what = En la carpeta elegida no está el archivo con las claves de la caja.
    .next = Elegir la carpeta cuyo nombre termina en «.pagvault».
error-vault-exists =
    .title = Ya hay algo con ese nombre
    .what = Una caja nueva no se crea nunca encima de otra cosa. No se ha cambiado nada.
    .next = Elegir otra carpeta u otro nombre.
error-vault-wrong =
    .title = La contraseña no abre la caja
    .what = La contraseña o la clave de recuperación no es la de esta caja. Los casos siguen cerrados y a salvo.
    .next = Comprobar las mayúsculas y el idioma del teclado y volver a escribirla.
error-vault-empty =
    .title = Falta la contraseña
    .what = Una contraseña vacía o hecha solo de espacios no protege nada.
    .next = Escribir una contraseña.
error-vault-long =
    .title = La contraseña es demasiado larga
    .what = Se admiten hasta 16 kilobytes.
    .next = Comprobar que no se ha pegado otro texto en su lugar.
# $least: número de letras
error-vault-short =
    .title = La contraseña es demasiado corta
    .what = Debe tener al menos { $least } letras. No se ha cambiado nada.
    .next = Elegir una más larga: cuatro o cinco palabras sin relación entre sí bastan.
# $group: número del grupo, desde 1
error-vault-recovery-group =
    .title = La clave de recuperación tiene una letra equivocada
    .what = El grupo { $group } no puede ser así.
    .next = Comparar ese grupo con el papel y corregirlo.
# $found, $wanted: número de letras
error-vault-recovery-length =
    .title = La clave de recuperación no está completa
    .what = Tiene { $found } letras y deberían ser { $wanted }.
    .next = Escribir los ocho grupos de cinco letras.
# $seconds: segundos de espera; $failures: intentos fallidos
error-vault-too-soon =
    .title = Hay que esperar antes de volver a intentarlo
    .what = Ha habido { $failures } intentos fallidos seguidos. Los casos siguen cerrados y a salvo.
    .next = Volver a intentarlo dentro de { $seconds } s.
error-vault-kdf =
    .title = La caja pide algo imposible
    .what = El archivo de claves pide más memoria o más tiempo de lo que pide ninguna caja de este programa. No se ha abierto.
    .next = Restaurar la última copia de seguridad en una caja nueva.
# $version: número de versión
error-vault-newer =
    .title = La caja es de una versión posterior del programa
    .what = Está hecha con la versión { $version } de la caja, que este programa no conoce. No se ha cambiado nada.
    .next = Instalar la versión actual del programa.
error-vault-damaged =
    .title = La base de datos de la caja está dañada
    .what = Una parte no está como se escribió. No se muestra ningún texto que pueda ser falso.
    .next = Restaurar la última copia de seguridad en una caja nueva.
error-vault-damaged-keys =
    .title = Las claves de la caja están dañadas
    .what = Ninguno de los dos archivos de claves se puede leer. La base de datos no se ha tocado.
    .next = Restaurar la última copia de seguridad en una caja nueva.
error-vault-damaged-log =
    .title = Faltan los últimos cambios de la caja
    .what = El registro termina antes de lo que debía.
    .next = Comparar con la última copia de seguridad.
error-vault-other-keys =
    .title = Las claves no son de esta base de datos
    .what = En la carpeta hay una base de datos de otra caja. No se ha cambiado nada.
    .next = Devolver los archivos a su sitio o restaurar la última copia de seguridad en una caja nueva.
# $kind: nombre del sistema de archivos
error-vault-network =
    .title = La caja no puede estar en una carpeta de red
    .what = La carpeta está en otro equipo ({ $kind }), y allí no se puede garantizar que lo guardado quede guardado.
    .next = Elegir una carpeta de este equipo. Las copias de seguridad sí pueden ir a la red.
error-vault-read-only =
    .title = La caja está abierta solo para leer
    .what = No se ha cambiado nada. Lo escrito sigue en la ventana.
    .next = Cerrar la otra ventana que la usa o elegir una carpeta en la que se pueda escribir.
error-vault-in-use =
    .title = Otro programa está usando la caja
    .what = No se ha cambiado nada. Lo escrito sigue en la ventana.
    .next = Esperar un momento o cerrar la otra ventana.
error-vault-no-case =
    .title = Ese caso no está en la caja
    .what = Puede que otra ventana lo haya borrado. Lo escrito sigue en la ventana.
    .next = Actualizar la lista de casos.
error-vault-conflict =
    .title = El caso ha cambiado mientras tanto
    .what = Otra ventana lo ha guardado después de abrirlo aquí. Las dos versiones siguen intactas.
    .next = Guardar esta como caso nuevo o volver a abrirlo.
error-vault-no-undo =
    .title = La importación no se puede deshacer
    .what = Ya se deshizo o no está en esta caja. No se ha cambiado nada.
    .next = Borrar los casos uno a uno si sobran.
error-vault-backup-key =
    .title = La copia de seguridad es de otra caja
    .what = Ninguna de las claves que hay la abre.
    .next = Elegir otra copia o usar la contraseña que tenía la caja cuando se hizo.
error-vault-backup-damaged =
    .title = La copia de seguridad está dañada
    .what = No está como se escribió. La caja no se ha tocado.
    .next = Elegir la copia anterior.
error-vault-backup-unverified =
    .title = La copia de seguridad no ha salido bien
    .what = Al volver a abrirla no contenía lo mismo que la caja. Se ha descartado; la caja está intacta.
    .next = Elegir otra carpeta o revisar el disco.
error-vault-recipient =
    .title = El destinatario de las copias no es válido
    .what = Debe ser una clave pública de age, que empieza por «age1».
    .next = Comprobar que se ha copiado entera.
# $file: nombre del archivo o de la carpeta
error-vault-full =
    .title = El disco está lleno
    .what = La caja sigue como estaba antes del último cambio. Lo escrito sigue en la ventana.
    .next = Dejar sitio libre en el disco y repetirlo.
# $file: nombre del archivo o de la carpeta
error-vault-denied =
    .title = En esa carpeta no se puede escribir
    .what = El sistema no permite escribir «{ $file }». Lo que había no ha cambiado.
    .next = Elegir otra carpeta o pedir permiso a quien administra el equipo.
# $file: nombre del archivo o de la carpeta
error-vault-no-folder =
    .title = No se encuentra
    .what = «{ $file }» no existe o ya no está.
    .next = Comprobar el nombre y que el disco siga conectado.
# $file: nombre del archivo o de la carpeta
error-vault-io =
    .title = El disco no responde como debe
    .what = No se ha podido leer o escribir «{ $file }». Lo que había no ha cambiado.
    .next = Comprobar que el disco siga conectado y repetirlo.
error-vault-fault =
    .title = La caja ha fallado
    .what = No se ha terminado lo que se pedía y no se ha cambiado nada. Lo escrito sigue en la ventana.
    .next = Repetirlo. Si vuelve a pasar, comprobar la caja.

## Línea de órdenes
# $file: nombre del archivo
error-cli-passphrase-file =
    .title = No se puede leer el archivo de la contraseña
    .what = «{ $file }» no está, no se deja leer o no es texto UTF-8.
    .next = Comprobar el nombre y los permisos.
error-cli-passphrase-none =
    .title = Falta la contraseña
    .what = No hay terminal en la que pedirla ni archivo del que leerla. La contraseña no se admite como argumento.
    .next = Indicar --passphrase-file o la variable PAG_BERT_PASSPHRASE_FILE con el nombre de un archivo.
error-cli-passphrase-differ =
    .title = Las dos contraseñas no son iguales
    .what = No se ha creado ni cambiado nada.
    .next = Repetir la orden y escribir dos veces la misma.
error-cli-vault-findings =
    .title = La comprobación ha encontrado daños
    .what = Se indican arriba. No se ha cambiado nada.
    .next = Restaurar en una caja nueva la última copia que aparece como correcta.
# $value: lo escrito
error-cli-filter =
    .title = Un filtro no es válido
    .what = «{ $value }» no es ninguno de los valores posibles.
    .next = Escribirlo como aparece en los formularios de la FSG; las fechas, como 2026-11-03 o 03/11/2026.

cli-vault = Carpeta de la caja (nombre.pagvault)
cli-passphrase-file = Archivo cuya primera línea es la contraseña; si falta, el que nombra PAG_BERT_PASSPHRASE_FILE; si no, se pregunta en la terminal
cli-recovery-file = Archivo con la clave de recuperación, en lugar de la contraseña
cli-vault-about = Crea, comprueba y copia la caja cifrada de los casos
cli-vault-create-about = Crea una caja vacía y escribe su clave de recuperación, que no se vuelve a mostrar
cli-vault-create-json = Un objeto JSON en lugar de texto
cli-vault-info-about = Dice qué hay en la caja, sin mostrar texto de los casos
cli-vault-info-json = Un objeto JSON en lugar de texto
cli-vault-verify-about = Comprueba cada página, el registro de actividad y todas las copias de seguridad; termina con 1 si encuentra daños
cli-vault-verify-json = Un objeto JSON en lugar de texto
cli-vault-backup-about = Hace una copia de seguridad cifrada, la vuelve a abrir y escribe su nombre
cli-vault-backup-out = Carpeta para esta copia; si falta, la de la caja, donde las antiguas se van retirando
cli-vault-backup-json = Un objeto JSON en lugar de texto
cli-vault-restore-about = Crea una caja nueva a partir de una copia de seguridad; nunca encima de otra
cli-vault-restore-backup = La copia de seguridad (nombre.pagcopia)
cli-vault-restore-identity-file = Archivo con una identidad de age (AGE-SECRET-KEY-1…), en lugar de la contraseña
cli-vault-restore-json = Un objeto JSON en lugar de texto
cli-vault-change-passphrase-about = Cambia la contraseña; nada se vuelve a cifrar, y la clave de recuperación sigue valiendo
cli-vault-change-passphrase-new-passphrase-file = Archivo con la contraseña nueva; si falta, se pregunta en la terminal
cli-vault-change-passphrase-json = Un objeto JSON en lugar de texto
cli-vault-new-recovery-key-about = Crea otra clave de recuperación y la escribe una sola vez; la anterior deja de abrir la caja
cli-vault-new-recovery-key-json = Un objeto JSON en lugar de texto
cli-search-about = Busca en los casos de la caja, sin distinguir tildes ni mayúsculas
cli-search-query = Palabras; "entre comillas" van juntas, con * son comienzos, con - delante no deben estar. Vacío: todos
cli-search-from = Hechos desde este día
cli-search-to = Hechos hasta este día
cli-search-provincia = Provincia
cli-search-ambito = Ámbito, como lo escribe la FSG
cli-search-tipo = Tipo de discriminación, como lo escribe la FSG
cli-search-resultado = Resultado: positivo, negativo o neutro
cli-search-estado = Estado: borrador, aceptado o cerrado
cli-search-bin = Busca en la papelera
cli-search-limit = Como mucho, tantos casos
cli-search-offset = Se salta los primeros
cli-search-json = Un objeto JSON en lugar de texto
cli-bench-vault-about = Mide la caja en este equipo con casos inventados: abrir, listar, buscar, guardar, copiar
cli-bench-vault-cases = Tantos casos; se mide también con 1000, 10000… hasta llegar a ellos
cli-bench-vault-folder = Carpeta en la que se crea y se borra la caja de prueba; si falta, la temporal del sistema
cli-bench-vault-json = Un objeto JSON en lugar de texto

## Lo que escriben las órdenes
cli-vault-passphrase = Contraseña de la caja:{" "}
cli-vault-passphrase-new = Contraseña nueva:{" "}
cli-vault-passphrase-again = Otra vez la misma:{" "}
cli-vault-passphrase-weak = Aviso: esta contraseña es fácil de adivinar. Cuatro o cinco palabras al azar protegen mucho mejor; se puede cambiar con «vault change-passphrase».
# $vault: carpeta
cli-vault-created = Caja creada: { $vault }
# $key: la clave
cli-vault-recovery =
    Clave de recuperación: { $key }
    Conviene guardarla impresa y lejos de este equipo. Con ella se abre la caja si nadie recuerda la contraseña. No se vuelve a mostrar.
# Todos los valores son números o nombres, ya escritos como se leen en el idioma
cli-vault-info =
    Caja: { $vault }
    Casos: { $cases }; en la papelera: { $bin }; borradores sin guardar: { $drafts }
    Base de datos: { $bytes }; versión { $version }
    Contraseña: Argon2id, { $memory }, { $passes } pasadas
    Registro de actividad: { $lines } líneas
    Copias de seguridad: { $backups } en { $folder }
    Última copia: { $last }
cli-vault-never = ninguna
cli-vault-read-only = La caja está abierta solo para leer.
# $pages: "ok" o no, etc.
cli-vault-verify-pages = Base de datos: { $state ->
    [ok] correcta
   *[other] DAÑADA
}
# $lines: número de líneas
cli-vault-verify-audit = Registro de actividad: { $lines } líneas, { $state ->
    [ok] cadena íntegra
   *[other] ALTERADO
}
# $file: nombre; $cases: número de casos
cli-vault-verify-backup = Copia { $file }: { $state ->
    [ok] correcta, { $cases } casos
    [other-keys] de otra caja
   *[other] DAÑADA
}
# $seq: número de la línea; $at: fecha y hora; $kind: qué dice que se hizo
cli-vault-found-edited = La línea { $seq } del registro no está como se escribió (dice «{ $kind }», { $at })
# $count: cuántas líneas; $from, $to: sus números, ya escritos
cli-vault-found-removed = { $count ->
    [one] Falta la línea { $from } del registro
   *[other] Faltan líneas del registro: de la { $from } a la { $to }
}
cli-vault-found-cut = { $count ->
    [one] El registro está cortado: falta la línea { $from }
   *[other] El registro está cortado: faltan de la { $from } a la { $to }
}
cli-vault-found-added = { $count ->
    [one] Hay una línea añadida al final del registro: la { $from }
   *[other] Hay líneas añadidas al final del registro: de la { $from } a la { $to }
}
cli-vault-found-rewritten = El registro se ha escrito de nuevo: la línea { $seq } no es la que se anotó aparte
cli-vault-found-no-head = Falta el archivo que anota aparte dónde termina el registro
# $file: nombre de la copia
cli-vault-offer = La copia correcta más reciente es { $file }
cli-vault-repaired = Una de las dos copias de las claves estaba dañada y se ha rehecho con la otra.
# $found, $expected: número de líneas
cli-vault-end-lost = Faltan los últimos cambios de la caja: el registro tiene { $found } líneas y tuvo { $expected }.
# $from: versión
cli-vault-migrated = La caja era de la versión { $from }; se ha hecho una copia ({ $file }) y se ha puesto al día.
# $count: número de intentos
cli-vault-failed = Intentos fallidos de abrir la caja desde la última vez: { $count }
# $file: nombre
cli-vault-backed-up = Copia hecha y comprobada: { $file }
# $vault: carpeta; $cases: número de casos
cli-vault-restored = Caja restaurada: { $vault }, { $cases } casos
cli-vault-recovery-renewed = La clave de recuperación anterior ya no abre la caja; las copias ya hechas se siguen abriendo con ella.
cli-vault-passphrase-changed = Contraseña cambiada. Las copias anteriores se siguen abriendo con la de entonces.
# $total, $shown: número de casos
cli-search-total = { $total } casos; se muestran { $shown }
