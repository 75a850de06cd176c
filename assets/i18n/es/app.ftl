### La ventana. Español de oficina: infinitivos, sin anglicismos, sin culpar a nadie, sin exclamaciones.

## Menús y órdenes
menu-case = Caso
menu-edit = Editar
menu-model = Modelo
menu-view = Ver
menu-help = Ayuda
menu-outcome-help = Qué es el resultado previsto
command-new = Caso nuevo
command-open = Abrir casos
command-save = Guardar
command-save-as = Guardar como
command-close-case = Cerrar el caso
command-quit = Salir
command-suggest = Proponer
command-stop = Parar
command-another = Otra propuesta
command-search = Buscar casos
command-find = Buscar en el texto
command-next-pane = Pasar al panel siguiente
command-settings = Ajustes
command-larger-text = Letra más grande
command-smaller-text = Letra más pequeña
command-normal-text = Letra normal
command-keys = Teclas
command-help = Acerca del programa
close = Cerrar
cancel = Cancelar
retry = Reintentar
browse = Examinar…
details = Detalles

## Lista de casos
case-list = Casos
case-new = + Nuevo
case-search-hint = Buscar en los casos
case-none-found = Ningún caso coincide.
case-none-shown = Elegir un caso de la lista o empezar uno nuevo.
case-unnumbered = Sin número
case-empty = (sin hechos todavía)
case-recovered = Recuperado de la última vez. Falta guardarlo.
filter-ambito-all = Todos los ámbitos
filter-year = Año
filter-year-all = Años
status-draft = borrador
status-accepted = en curso
status-closed = cerrado
status-unsaved = sin guardar
status-writing = proponiendo…

## El caso
field-date = Fecha
field-date-hint = dd/mm/aaaa
field-date-wrong = No es una fecha: se escribe día/mes/año, como 03/11/2026.
field-provincia = Provincia
field-ambito = Ámbito
field-tipo = Tipo
field-none = —
field-hechos = Hechos
field-hechos-hint = Qué ha ocurrido, dónde y cuándo, quién ha intervenido y qué se ha dicho.
field-intervencion = Intervención
field-intervencion-hint = Qué se ha decidido hacer.
field-resultado = Resultado real
field-resultado-hint = Qué ha resultado, cuando se sepa.
field-resultado-unknown = No consta
# $count: el número, para elegir la forma; $number: el número escrito
words = { $count ->
    [one] { $number } palabra
   *[other] { $number } palabras
}
# $share: tanto por ciento
facts-share = { $share } % de lo que cabe
facts-too-long = { $count ->
    [one] Sobra alrededor de { $number } palabra (señalada en el texto)
   *[other] Sobran unas { $number } palabras (señaladas en el texto)
}
try-example = Probar con un ejemplo
suggest-needs-facts = Primero hay que escribir los hechos.
find-hint = Buscar en el texto
find-count = { $count ->
    [0] No aparece
    [one] Aparece una vez
   *[other] Aparece { $count } veces
}

## Propuesta
suggestion-heading = Propuesta
suggestion-empty = Aquí aparecerá una intervención propuesta y el resultado previsto. Nada entra en el caso hasta pulsar «Usar».
suggestion-waits = Esperando a que el modelo esté listo…
suggestion-begins = Empezando…
suggestion-reading = Leyendo los hechos · { $percent } %
suggestion-writing = Escribiendo…
suggestion-writing-speed = Escribiendo · { $speed } palabras por segundo
suggestion-stopping = Parando…
suggestion-no-text = El modelo no ha propuesto ninguna intervención.
suggestion-limit = Ha llegado al máximo de longitud.
suggestion-stopped = Se ha parado aquí.
suggestion-continue = Seguir
suggestion-use = Usar
suggestion-use-selection = Usar lo seleccionado
suggestion-another = Otra
suggestion-copy = Copiar
suggestion-discard = Descartar
undo-accept = Deshacer
generated-unreviewed = Texto generado, sin revisar
generated-confirm = Lo he revisado
generated-edited = Texto generado y cambiado por una persona
generated-used = Texto generado, ya usado en el caso

## Resultado previsto
outcome-heading = Resultado previsto
outcome-positivo = Positivo
outcome-neutro = Neutro
outcome-negativo = Negativo
outcome-none = No se ha previsto ningún resultado.
outcome-forced = El modelo no ha escrito el resultado; las cifras salen de preguntárselo.
outcome-notice = Es una estimación automática, no asesoramiento jurídico.
outcome-help-is = Es la probabilidad que el modelo da a cada una de tres etiquetas después de leer los hechos y la intervención. Las tres suman 100 %.
outcome-help-is-not = No es el pronóstico de una persona experta ni asesoramiento jurídico: el modelo aprendió de una etiqueta de sentimiento puesta por otro programa sobre textos ya escritos, no de la valoración de la entidad, y a menudo no coinciden.
percent = { $number } %
seconds = { $number } s

## Detalles, para quien quiera saber más
details-prompt-tokens = Tokens leídos: { $value }
details-tokens = Tokens escritos: { $value }
details-speed = Tokens por segundo: { $value }
details-first-token = Segundos hasta la primera palabra: { $value }
details-quantization = Precisión: { $value }
details-temperature = Temperatura: { $value }
details-seed = Semilla: { $value }
details-prompt-version = Forma de la entrada: { $value }
details-digest = Huella del modelo: { $value }

## Estado
banner-demonstration = Modelo de demostración: sirve para probar el programa, no para trabajar.
model-demonstration = Modelo de demostración
model-none = Sin modelo
model-fallback = No se ha podido usar { $wanted } ({ $reason }); se usa la CPU.
model-stop-loading = Detener la carga
offline = sin red
words-per-second = { $speed } palabras/s
tokens-used = { $used } de { $window } tokens
loading-opening = Abriendo { $model }
loading-weights = Cargando { $model }
download-begins = Preparando la descarga de { $model }
download-running = Descargando { $model } · { $done } de { $total } · { $speed }/s
download-paused = Descarga en pausa: { $model } · { $done } de { $total }
download-pause = Pausa
download-resume = Reanudar
left-seconds = { $count ->
    [one] queda 1 segundo
   *[other] quedan { $count } segundos
}
left-minutes = { $count ->
    [one] queda 1 minuto
   *[other] quedan { $count } minutos
}
saved-at = Guardado { $time }
saved-as-draft = Borrador al día
saved-not-yet = Sin guardar

## Guardar y abrir
save-heading = Guardar el caso
save-name = Nombre del archivo
save-folder = Carpeta
save-format-json = Caso (.json)
save-format-markdown = Markdown (.md)
save-format-text = Texto (.txt)
save-format-note = Solo la forma .json se puede volver a abrir; esta es para leer o enviar.
save-exists = Ya hay un archivo con ese nombre. Cambiar el nombre o reemplazarlo.
save-replace = Reemplazar
save-elsewhere = Elegir otra carpeta
open-heading = Abrir casos
open-folder = Carpeta
open-none = En esta carpeta no hay casos (.json).
open-drop = También se pueden arrastrar los archivos a la ventana.
open-chosen = Abrir los elegidos
close-case-heading = El caso no está guardado
close-all-heading = Hay casos sin guardar
# $cases: los números de los casos; $count: cuántos
close-what = { $count ->
    [one] El caso { $cases } tiene cambios que no están en ningún archivo.
   *[other] Los casos { $cases } tienen cambios que no están en ningún archivo.
}
close-where = Los que aún no tienen archivo se guardarán en { $folder }.
close-save = Guardar y cerrar
close-keep-draft = Dejar como borrador
close-discard = Descartar los cambios

## Elegir modelo
model-choose = Elegir modelo
model-heading = Modelo
model-memory = Este equipo tiene { $total } de memoria; ahora hay { $available } libres.
model-way-embedded = El de demostración, que viene con el programa
model-way-catalogue = Los del sistema original
model-way-folder = Una carpeta de este equipo
model-way-repo = Un repositorio de Hugging Face
model-bertin-half = BERTIN GPT-J 6B, media precisión, con el adaptador PAG-BERT
model-bertin-full = BERTIN GPT-J 6B, precisión completa, con el adaptador PAG-BERT
model-entry-adapter = Adaptador: { $adapter }
model-entry-needs = Descarga: { $download } · Memoria: { $memory } · Licencia: { $licence }
model-entry-too-large = Necesita más memoria de la que tiene este equipo.
model-folder = Carpeta del modelo, o archivo convertido (.gguf)
model-adapter-folder = Carpeta del adaptador (si hay)
model-repo = Repositorio (propietario/nombre)
model-revision = Revisión (si no se indica, main)
model-adapter-repo = Repositorio del adaptador (si hay)
model-note-download = Si el modelo no está en este equipo, se descarga. Solo viajan los archivos del modelo; los casos no salen de aquí.
model-note-offline = El trabajo sin red está activado: solo se usará si ya está en este equipo.
model-use = Usar este modelo

## Ajustes
settings-heading = Ajustes
settings-language = Idioma
settings-theme = Aspecto
theme-system = Como el sistema
theme-light = Claro
theme-dark = Oscuro
settings-scale = Tamaño
settings-device = Dónde se calcula
device-auto = Automático
device-cpu = CPU
device-cuda = NVIDIA (CUDA)
device-metal = Apple (Metal)
settings-quantization = Precisión de los pesos: menos memoria o más fidelidad
quantization-q8 = 8 bits (la original)
quantization-q6 = 6 bits
quantization-q4 = 4 bits
quantization-none = Como en el archivo
settings-sampling = Cómo se escribe la propuesta
settings-max-new-tokens = Longitud máxima (tokens)
settings-temperature = Variedad
settings-temperature-note = Con variedad 0 los mismos hechos dan siempre la misma propuesta, como en el sistema original.
settings-top-p = Solo lo más probable, hasta sumar
settings-top-k = Solo entre los más probables (0 = todos)
settings-repetition-penalty = Evitar repeticiones
settings-offline = Trabajar sin red

## Acerca de
about-version = Versión { $version }
about-what = Ayuda a quienes defienden al pueblo gitano frente a la discriminación: propone una intervención y prevé un resultado a partir de los hechos. Decide siempre una persona.
about-limits = El modelo escribe textos verosímiles, no verdades: puede inventar, equivocarse o repetir prejuicios. No conoce la ley vigente ni sustituye el asesoramiento jurídico.
about-privacy = Todo ocurre en este equipo. Los casos no se envían a ninguna parte; la red solo se usa para descargar un modelo cuando se pide.
about-origin = Rehace como programa de escritorio el sistema PAG-BERT, presentado en el hackathon de SomosNLP de 2023.
about-licences = Programa: Apache-2.0. Letra Inter: OFL 1.1. Los modelos que se descargan tienen sus propias licencias.
