### La lista de casos de la caja: buscar, filtrar, papelera, versiones, y lo que acompaña a un caso.

## La lista
archive-reading-row = Leyendo…
archive-stuck = No se ha podido leer la lista. Los casos siguen en la caja.
# $count: el número, para elegir la forma; $number: el número escrito
archive-found = { $count ->
    [one] Se ha encontrado un caso.
   *[other] Se han encontrado { $number } casos.
}
archive-search-help =
    Se busca en los hechos, la intervención, el resultado, las notas, los números y las referencias, sin distinguir tildes ni mayúsculas.
    "dos palabras": las dos juntas, en ese orden.
    vivi*: todo lo que empieza así.
    -piso: los casos en los que no aparece «piso».
archive-empty = La caja todavía no contiene casos.
archive-nothing = No se ha encontrado nada.
archive-short-word = Los comienzos de palabra se buscan a partir de la tercera letra.
# $filters: los filtros puestos, ya escritos
archive-filters-are = Filtros puestos: { $filters }
archive-clear-filters = Quitar filtros
archive-open = Abrir
archive-filters = Filtros
# $number: cuántos filtros están puestos
archive-filters-on = Filtros ({ $number })
archive-bin = Papelera
archive-bin-empty = La papelera está vacía.
filter-from = Desde
filter-to = Hasta
filter-provincia-all = Todas las provincias
filter-tipo-all = Todos los tipos
filter-resultado-all = Cualquier resultado
filter-estado = Estado
filter-estado-all = Cualquier estado

## Papelera
bin-put = A la papelera
bin-take-out = Sacar de la papelera
bin-delete = Eliminar para siempre…
bin-empty = Vaciar la papelera…
bin-is-in = Este caso está en la papelera.
delete-one-heading = Eliminar el caso para siempre
delete-all-heading = Vaciar la papelera
# $count: el número, para elegir la forma; $number: el número escrito
delete-what = { $count ->
    [one] Se elimina un caso de la papelera y todo lo que se guarda con él.
   *[other] Se eliminan los { $number } casos de la papelera y todo lo que se guarda con ellos.
}
delete-revisions = { $count ->
    [one] una versión anterior
   *[other] { $number } versiones anteriores
}
delete-suggestions = { $count ->
    [one] una propuesta del modelo
   *[other] { $number } propuestas del modelo
}
delete-drafts = { $count ->
    [one] un borrador sin guardar
   *[other] { $number } borradores sin guardar
}
delete-attachments = { $count ->
    [one] el nombre de un documento que lo acompaña (el documento sigue en su carpeta)
   *[other] los nombres de { $number } documentos que los acompañan (los documentos siguen en sus carpetas)
}
delete-no-way-back = No se puede deshacer.
delete-copies = Las copias de seguridad que ya existen lo conservan hasta que se retiran por antigüedad.
delete-now = Eliminar para siempre
toast-bin-unsaved = El caso tiene cambios sin guardar. Antes hay que guardarlo o cerrarlo sin los cambios.
toast-binned = El caso está en la papelera.
toast-unbinned = El caso ha vuelto a la lista.
# $value: cuántos
toast-deleted = Casos eliminados para siempre: { $value }

## Versiones anteriores y propuestas
history-menu = Versiones anteriores…
history-heading = Versiones anteriores
history-reading = Leyendo…
# $number: cuántas
history-texts = Textos ({ $number })
history-suggestions = Propuestas ({ $number })
history-none = El caso no se ha cambiado desde que se guardó por primera vez.
history-no-suggestions = Con este caso no se ha guardado ninguna propuesta.
# $name: nombre de usuario en el sistema
history-replaced-by = Lo cambió { $name }
history-restore = Recuperar este texto
history-restore-note = El texto pasa al caso como un cambio sin guardar. El de ahora no se pierde: «Deshacer» lo devuelve.
history-exchanged = El texto del caso se ha cambiado por otra versión.
history-kept-text = Lo que quedó en la propuesta
history-raw-text = Lo que escribió el modelo
history-made-by = Con qué se hizo
history-model = Modelo: { $value }
history-adapter = Adaptador: { $value }
history-adapter-digest = Huella del adaptador: { $value }
history-device = Calculado en: { $value }
history-top-p = Solo lo más probable, hasta sumar: { $value }
history-top-k = Solo entre los más probables: { $value }
history-repetition = Evitar repeticiones: { $value }
history-date = Fecha: { $value }
history-program = Versión del programa: { $value }

## Lo demás que se guarda con un caso
more-heading = Más datos: denuncia, cierre, referencias, notas
field-fecha-denuncia = Fecha de la denuncia
field-causa-cierre = Causa de cierre
field-causa-cierre-hint = Por qué se ha cerrado el caso.
field-referencias = Referencias
field-referencias-hint = Números de denuncias y expedientes, direcciones de publicaciones; una en cada línea.
field-notas = Notas
field-notas-hint = Lo que la entidad apunta para sí. El modelo no lo lee.
attachments = Documentos que lo acompañan
attachments-what = Solo se guardan los nombres; los documentos siguen en las carpetas de la entidad.
attachments-after-save = Sus nombres se pueden apuntar en cuanto el caso esté guardado.
attachment-hint = Nombre del documento
attachment-add = Añadir
# $name: nombre del documento
attachment-remove = Quitar «{ $name }» de la lista

## Importar y exportar con la caja
menu-undo-stored-import = Deshacer la última importación…
# $file: nombre del archivo; $date: fecha y hora
undo-import-what = Se deshace la importación de «{ $file }» del { $date }: los casos que entraron se eliminan y los que se completaron vuelven a como estaban.
undo-import-note = Los casos que se han cambiado desde entonces se quedan.
import-done-stored = Están en la caja. La importación se puede deshacer desde el menú «Caso», también otro día.
# $done, $cases: números ya escritos
import-taking = Importando: { $done } de { $cases } casos
import-taking-note = Entra todo o nada. Si se cierra este cuadro, la importación sigue.
# $value: cuántos
toast-imported = Casos importados: { $value }
export-listed-vault = Todos los casos de la lista
export-counting = Contando los casos…
