### Documentos: los casos en papel, en la forma impresa de la FSG; exportar e importar.

## En papel
doc-case-unnumbered = Caso sin número
doc-several = Casos ({ $number })
doc-complaint-date = Fecha de la denuncia: { $date }
doc-closing = Causa de cierre
doc-references = Referencia
doc-notes = Notas
doc-page = Página { $page } de { $pages }
doc-letterhead-image = Membrete de la entidad
doc-facts = Hechos
doc-facts-date = Fecha de los hechos: { $date }
doc-intervention = Intervención
doc-outcome = Resultado
doc-proposal = Propuesta del modelo
doc-predicted = Resultado previsto
doc-predicted-notice = Previsión del modelo, entrenado con una etiqueta de sentimiento; no es asesoramiento jurídico.
doc-generated = Texto generado, sin revisar. Modelo: { $model }. Fecha: { $date }.
doc-generated-adapter = Texto generado, sin revisar. Modelo: { $model }. Adaptador: { $adapter }. Fecha: { $date }.
doc-generated-unknown = Texto generado, sin revisar.
doc-empty = (sin rellenar)

error-letterhead-image =
    .title = La imagen del membrete no se puede usar
    .what = No es una imagen PNG o JPEG, o mide más de 4.000 puntos de lado. No se ha escrito nada.
    .next = Elegir otra imagen, o guardarla como PNG con menos tamaño.

## Exportar
cli-export-about = Escribe casos en un documento (docx, pdf, odt, md, txt), una tabla (csv, xlsx) o un archivo completo (json)
cli-export-files = Casos guardados (.json)
cli-export-out = Archivo que se escribe; si existe, se sustituye cuando el nuevo está completo
cli-export-format = Forma del archivo; si no se indica, la dice su terminación
cli-export-letterhead = Texto del membrete: un archivo de hasta ocho líneas
cli-export-letterhead-image = Imagen del membrete (PNG o JPEG)
cli-export-without-marks = No señalar el texto generado que nadie ha revisado
cli-export-with-proposal = Incluir la propuesta del modelo y el resultado previsto
cli-export-with-notes = Incluir las notas de la entidad
# $count: el número, para elegir la forma; $number: el número escrito; $file: nombre del archivo
export-done = { $count ->
    [one] Un caso escrito en «{ $file }», sin cifrar: contiene datos personales.
   *[other] { $number } casos escritos en «{ $file }», sin cifrar: contiene datos personales.
}
export-unreviewed = { $count ->
    [one] Hay un texto generado que nadie ha revisado.
   *[other] Hay { $number } textos generados que nadie ha revisado.
}
export-boxes = { $count ->
    [one] Un signo no está en la letra del documento: en papel sale un cuadrado; al copiarlo, el signo.
   *[other] { $number } signos no están en la letra del documento: en papel salen cuadrados; al copiarlos, los signos.
}
error-export-format =
    .title = No se sabe en qué forma escribir «{ $file }»
    .what = Su terminación no es docx, pdf, odt, md, txt, csv, xlsx ni json. No se ha escrito nada.
    .next = Cambiar la terminación o indicar la forma con --format.
error-export-none =
    .title = No hay casos que exportar
    .what = No se ha indicado ninguno, o la búsqueda no encuentra ninguno. No se ha escrito nada.
    .next = Indicar los casos o cambiar la búsqueda.

## Importar
cli-import-about = Lee casos de una tabla (CSV, XLSX) o de JSON y dice todo lo que falla, por fila y columna
cli-import-file = Tabla o JSON
cli-import-map = Qué campo es una columna, por su título o su número: «Relato=hechos», «3=provincia», «Otros=-» la deja fuera
cli-import-sheet = Hoja del libro; si no se indica, la primera que contiene algo
cli-import-duplicates = Casos repetidos: omitirlos (skip), unirlos al que ya está (merge) o conservarlos (keep)
cli-import-dry-run = Decir qué se haría, sin hacerlo
cli-import-json = Escribir un objeto JSON en lugar del texto
import-read = { $rows } filas con datos, { $cases } casos.
import-encoding = Codificación: { $encoding }. Separador: { $separator }
import-sheet = Hoja: { $sheet }
import-left-out = (no se importa)
import-field-number = Número
import-field-date = Fecha de los hechos
import-field-complaint-date = Fecha de la denuncia
import-field-status = Estado
# $count: el número, para elegir la forma; $number: el número escrito; $rows: las primeras filas
import-rows = { $count ->
    [one] (fila { $rows })
   *[other] ({ $number } veces; filas { $rows })
}
import-duplicates = { $count ->
    [one] Un caso cuenta los mismos hechos que otro, o casi.
   *[other] { $number } casos cuentan los mismos hechos que otro, o casi.
}
import-would = Entrarían { $added } casos. Repetidos que se unen a otro: { $merged }; que se omiten: { $skipped }.

problem-column-unused = columna sin campo; no se importa.
problem-column-of-machine = etiqueta puesta por un programa; no es el resultado del caso y no se importa.
problem-heading-twice = título repetido en dos columnas.
problem-column-repeats = repite en todas las filas la columna { $value }; no se importa.
problem-only-years = todas las fechas son un 1 de enero: solo se conoce el año, y solo se toma el año.
problem-no-facts-column = ninguna columna contiene los hechos.
problem-row-short = menos celdas que títulos.
problem-row-long = más celdas que títulos; las que sobran no se importan.
problem-row-empty = fila vacía.
problem-no-facts = sin hechos.
problem-too-long = texto más largo de lo que cabe en un caso.
problem-date-unknown = fecha que no se entiende; se conserva como está: { $value }.
problem-date-two-digits = fecha con el año en dos cifras: { $value }.
problem-date-future = fecha que todavía no ha llegado: { $value }.
problem-provincia-unknown = no es una provincia; se conserva como está: { $value }.
problem-ambito-unknown = no es un ámbito; pasa a las notas: { $value }.
problem-tipo-unknown = no es un tipo; pasa a las notas: { $value }.
problem-respelt = escrito de otra manera; se entiende: { $value }.
problem-outcome-from-text = resultado tomado de la primera palabra del texto: { $value }.
problem-list-as-text = lista de un programa escrita como texto; se toma cada elemento.
problem-encoding-mended = letras de otra codificación, corregidas.
problem-encoding-broken = letras que se perdieron antes; aparecen como �.
problem-controls-removed = signos de control, retirados.
problem-blanks-mended = espacios especiales o sobrantes, corregidos.
problem-quote-open = unas comillas no se cierran: puede haber filas pegadas.
problem-guard-removed = apóstrofo de hoja de cálculo, retirado.
problem-formula = fórmula; se toma su último resultado.
problem-cell-error = la hoja de cálculo muestra un error: { $value }.
problem-macros = el libro contiene macros; no se leen ni se ejecutan.
problem-other-sheets = el libro tiene más hojas; solo se lee una.
problem-row-of-ours-changed = esta columna de una tabla del programa se ha cambiado y ya no se entiende.

error-import-where =
    .title = Falta decir dónde importar
    .what = El archivo se ha leído y revisado, pero no ha entrado ningún caso.
    .next = Indicar un archivo cifrado con --vault, o --dry-run para solo revisarlo.
error-import-empty =
    .title = «{ $file }» no contiene casos
    .what = Está vacío o solo tiene títulos. No ha entrado nada.
    .next = Comprobar que es el archivo correcto.
error-import-form =
    .title = «{ $file }» no es una tabla
    .what = Se importan tablas CSV y XLSX y archivos JSON; este es de otra clase. No ha entrado nada.
    .next = Guardarlo desde su programa como CSV o XLSX.
error-import-old-workbook =
    .title = «{ $file }» es un libro antiguo o con contraseña
    .what = No se puede leer un libro .xls o protegido. No ha entrado nada.
    .next = Abrirlo en la hoja de cálculo y guardarlo como XLSX sin contraseña.
error-import-broken-workbook =
    .title = «{ $file }» está dañado
    .what = El libro no se puede leer hasta el final. No ha entrado nada.
    .next = Abrirlo en la hoja de cálculo y guardarlo de nuevo.
error-import-sheet =
    .title = La hoja no está en «{ $file }»
    .what = El libro no tiene una hoja con ese nombre. No ha entrado nada.
    .next = Comprobar el nombre de la hoja.
error-import-unpacked =
    .title = «{ $file }» es demasiado grande por dentro
    .what = Al descomprimirlo ocupa más de lo que ocupa una tabla de casos. No ha entrado nada.
    .next = Comprobar que el archivo es de confianza; si lo es, repartirlo en varios.
error-import-too-many =
    .title = «{ $file }» tiene demasiadas filas, columnas o celdas
    .what = Caben { $rows } filas y { $columns } columnas. No ha entrado nada.
    .next = Repartir la tabla en varios archivos.
# $name: lo que se ha escrito
error-import-mapping =
    .title = La correspondencia «{ $name }» no sirve
    .what = No hay una columna o un campo con ese nombre. No ha entrado nada.
    .next = Escribir COLUMNA=CAMPO; los campos son: numero, hechos, fecha hechos, fecha denuncia, provincia, ambito, tipo discriminacion, intervencion, resultado, causa cierre, referencias, notas, estado.
# $rows: cuántas filas; $first: la primera
error-import-blocked =
    .title = «{ $file }» no se puede importar entero
    .what = { $rows } filas no pueden ser casos; la primera es la { $first }. Se importa todo o nada: no ha entrado nada.
    .next = Corregir esas filas, o cambiar qué campo es cada columna.

## La ventana: exportar
menu-export = Exportar…
menu-import = Importar…
menu-undo-import = Deshacer la importación
export-heading = Exportar casos
export-shown = El caso que se ve
# $count: el número, para elegir la forma; $number: el número escrito
export-listed = { $count ->
    [one] El caso de la lista, tal como está filtrada
   *[other] Los { $number } casos de la lista, tal como está filtrada
}
export-format = Forma del archivo
export-format-docx = Word (.docx)
export-format-pdf = PDF (.pdf)
export-format-odt = OpenDocument (.odt)
export-format-csv = Tabla (.csv)
export-format-xlsx = Excel (.xlsx)
export-format-json = Completo, para volver a importar (.json)
export-proposal = Con la propuesta del modelo y el resultado previsto
export-notes = Con las notas de la entidad
export-everything = Lleva todos los datos de cada caso, también las notas y la propuesta.
export-marks = Señalar el texto generado que nadie ha revisado
export-letterhead = Membrete (hasta ocho líneas)
export-letterhead-image = Imagen del membrete (.png, .jpg)
export-browse-image = Elegir imagen…
export-preview = Vista previa
# $file: nombre del archivo
export-image-here = [imagen: { $file }]
export-more = { $count ->
    [one] … y un caso más.
   *[other] … y { $number } casos más.
}
export-understood = El archivo lleva datos personales sin cifrar: quien lo tenga podrá leerlo.
export-now = Exportar
export-writing = Escribiendo…
# $value: cuántos signos
toast-export-boxes = Signos que no están en la letra del documento y salen como cuadrados en papel: { $value }
# $value: megabytes
toast-export-too-large = El archivo pasa de { $value } MB, y este programa no vuelve a importar uno tan grande. Para llevar la caja entera a otro equipo sirve una copia de seguridad.

## La ventana: importar
import-heading = Importar casos
import-what = Tablas CSV o XLSX, y casos en JSON. Antes de importar nada se ve qué contiene el archivo y qué falla.
import-file = Archivo
import-read-file = Leer
import-reading = Leyendo…
import-columns = Qué es cada columna
# $column: título de la columna
import-column-is = Campo de la columna «{ $column }»
import-own-form = Es un archivo de este programa: todos los datos entran tal como salieron.
import-problems = Lo que se ha encontrado
import-no-problems = Ningún fallo.
import-severity-blocking = Impide importar
import-severity-warning = Aviso
import-severity-note = Nota
# $number: cuántos
import-each-problem = Ver uno por uno, por fila y columna ({ $number })
# $row: fila; $words: el fallo
import-problem = Fila { $row } · { $words }
import-repeated = Casos repetidos
import-policy-skip = Omitir
import-policy-merge = Unir
import-policy-keep = Conservar
import-each-duplicate = Decidir uno por uno
# $row, $other: filas; $likeness: porcentaje
import-like-row = Fila { $row }: como la fila { $other } ({ $likeness } %)
# $other: número del caso
import-like-case = Fila { $row }: como el caso { $other }, que ya está ({ $likeness } %)
# $rows: cuántas; $first: la primera
import-blocked = Se importa todo o nada, y { $rows } filas no pueden ser casos (la primera, la { $first }). Corregirlas, o cambiar qué es cada columna.
import-now = Importar
import-done = Han entrado { $added } casos. Unidos a otro: { $merged }. Omitidos: { $skipped }.
import-done-note = Están en la lista, sin guardar todavía. Se puede deshacer mientras el programa siga abierto.
toast-import-undone = Importación deshecha
# $value: cuántos casos
toast-import-kept = Casos que se han cambiado desde entonces y se quedan: { $value }

## En la línea de órdenes, con una caja
cli-export-from = Hechos desde este día
cli-export-to = Hechos hasta este día
cli-export-provincia = Provincia
cli-export-ambito = Ámbito, como lo escribe la FSG
cli-export-tipo = Tipo de discriminación, como lo escribe la FSG
cli-export-resultado = Resultado: positivo, negativo o neutro
cli-export-estado = Estado: borrador, aceptado o cerrado
cli-export-bin = Busca en la papelera
cli-export-vault = Carpeta de la caja de la que salen los casos
cli-export-query = Solo los casos que encuentra esta búsqueda, como en search
cli-import-vault = Carpeta de la caja en la que entran los casos
cli-import-undo = Deshacer la última importación en la caja
import-taken = Importado. Se puede deshacer con --undo.
import-undone = Importación deshecha. Casos que se van: { $removed }; que vuelven a como estaban: { $restored }; que se han cambiado después y se quedan: { $kept }.
error-import-nothing-to-undo =
    .title = No hay ninguna importación que deshacer
    .what = En la caja no ha entrado ningún archivo, o ya se deshizo.
    .next = Los casos se pueden enviar a la papelera uno por uno.
error-export-audit =
    .title = No se puede exportar
    .what = Cada exportación se anota en el registro de la caja, y ahora no se puede escribir en él: la tiene abierta otra ventana o su carpeta es de solo lectura. No se ha escrito ningún archivo.
    .next = Exportar desde la otra ventana, o cerrarla y abrir la caja de nuevo. Si la carpeta es de solo lectura, abrir una copia de ella en un disco en el que se pueda escribir.
export-other-window = Desde aquí no se puede exportar: la caja la tiene abierta otra ventana, y cada exportación se anota en su registro. Se puede exportar desde esa ventana; o cerrarla, cancelar aquí y pulsar «Volver a intentar».
export-read-only = No se puede exportar: en la carpeta de la caja no se puede escribir, y cada exportación se anota en su registro. Hay que abrir una copia de la carpeta en un disco en el que se pueda escribir.
# $number: cuántos casos, ya escrito; $bytes: cuánta memoria, ya escrita
export-held-whole = Un documento de Word o PDF se prepara entero en la memoria: con { $number } casos ocupa unos { $bytes } mientras se escribe, y puede tardar varios minutos. Las demás formas se escriben caso a caso.
