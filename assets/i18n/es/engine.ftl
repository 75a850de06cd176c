### Conversión, carga y medición de modelos.

cli-convert-about = Convierte un modelo en un solo archivo GGUF, más pequeño y rápido de abrir
cli-convert-adapter-mode = merge suma el adaptador a los pesos; beside lo deja en un archivo aparte, que --adapter admite
cli-convert-form = Precisión de los pesos en el archivo nuevo
cli-convert-out = Archivo nuevo (.gguf)
cli-convert-force = Sustituir el archivo si ya existe
cli-inspect-about = Muestra lo que contiene un archivo GGUF
cli-inspect-file = Archivo GGUF, de este programa o de otro
cli-inspect-check = Leer todos los pesos y comprobar su suma
cli-inspect-json = Escribir un objeto JSON en lugar del texto

# $left: minutos y segundos que faltan (4:05)
convert-running = Convirtiendo: { $percent } % · { $done } de { $total } · { $speed }/s · faltan { $left }
convert-kept = Conversión detenida. Lo hecho se conserva: la misma orden continúa desde ahí.
convert-resumed = Se han aprovechado { $tensors } tensores de una conversión anterior.
inspect-own = convertido por pag-bert
inspect-foreign = de otro programa
inspect-whole = íntegro
inspect-damaged = dañado

error-model-tensor-damaged =
    .title = El archivo del modelo está dañado
    .what = En { $file }, el tensor { $name } no es el que se escribió: el archivo está cortado o ha cambiado. Los casos no cambian.
    .next = Convertir otra vez el modelo, o copiar de nuevo el archivo.

error-model-foreign =
    .title = Este archivo no sirve como modelo
    .what = { $name } no es un modelo convertido por este programa, o no es de la clase que se pide.
    .next = Elegir la carpeta del modelo original y convertirlo aquí.

error-convert-cancelled =
    .title = Conversión detenida
    .what = Lo hecho se conserva.
    .next = Empezar otra vez con los mismos datos: continúa desde ahí.

error-convert-exists =
    .title = El archivo ya existe
    .what = { $file } ya existe y no se ha tocado.
    .next = Elegir otro nombre, o añadir --force para sustituirlo.

error-convert-busy =
    .title = Ya hay una conversión en marcha
    .what = Otra conversión está escribiendo { $file }.
    .next = Esperar a que termine, o elegir otro nombre.

error-convert-space =
    .title = No hay espacio para la conversión
    .what = En { $folder } hacen falta { $needed } GB y hay { $available } GB libres. El modelo original no cambia.
    .next = Liberar espacio o elegir otra carpeta; lo hecho se conserva.

error-convert-write =
    .title = No se ha podido escribir el archivo convertido
    .what = { $file } no se puede escribir en { $folder }. El modelo original no cambia.
    .next = Comprobar los permisos de la carpeta, o elegir otra.

error-convert-converted =
    .title = El modelo ya está convertido
    .what = { $name } ya es un archivo convertido.
    .next = Usarlo tal cual, o convertir el modelo original con otra precisión.

settings-read-while-typing = Leer los hechos mientras se escriben
settings-read-while-typing-note = La propuesta empieza antes. Con la batería no se hace.

cli-bench-ui-type-wpm = Teclea los hechos a tantas palabras por minuto, en vez de ponerlos de una vez
cli-bench-ui-no-read-ahead = No lee los hechos mientras se teclean

cli-bench-about = Mide lo rápido que un modelo lee y escribe en este equipo, junto a la velocidad de su memoria; con «train» o «vault», el entrenamiento o la caja
cli-bench-shape = Pesos al azar con estas dimensiones: las de GPT-J, o las de un config.json
cli-bench-layers = Solo tantas capas
cli-bench-cache = Guardar los pesos al azar en un archivo de esta carpeta y cargarlos de él
cli-bench-rank = Rango del adaptador al azar; con 0 no hay adaptador
cli-bench-prompt = Tokens que se leen
cli-bench-generate = Tokens que se escriben después
cli-bench-threads = Hilos; si no se indica, uno por núcleo
cli-bench-repeat = Veces que se mide
cli-bench-no-growth = Medir solo esa longitud, sin las demás
cli-bench-plot = Dibujar en un archivo SVG cómo crece todo con la longitud del texto
cli-bench-json = Escribir un objeto JSON en lugar del texto
# $kernels: avx512, avx2, neon o plain
bench-subject = { $model } · { $layers } capas · { $form } · { $threads } hilos · { $kernels }
bench-made = Creación de los pesos (s)
bench-load = Carga (s)
bench-bandwidth = Lectura de la memoria (GB/s)
bench-prompt = Lectura del texto (s)
bench-prompt-rate = Lectura del texto (tokens/s)
bench-decode = Escritura (tokens/s)
bench-weights = Pesos leídos al escribir (GB/s)
bench-share = Parte de lo que da la memoria (%)
bench-sustained = Lectura sostenida de la memoria (GB/s)
bench-share-of-sustained = Parte de la lectura sostenida (%)
bench-peak = Memoria máxima
bench-growth = Texto de { $tokens } tokens: { $seconds } s, { $rate } tokens/s; después se escriben { $writing } tokens/s; { $cache } de claves y valores
bench-plot-limit = lo que da la memoria: { $rate }
bench-plot-memory = Memoria máxima (GB)
bench-plot-axis = tokens del texto
bench-block = Tokens de una vez: { $tokens }; tardan { $times } veces lo que uno solo
bench-late = Escritura en la posición { $early }: { $first } tokens/s; en la { $late }: { $second } tokens/s

cli-bench-drafts-about = Mide qué se gana al adelantar palabras repetidas de los hechos y de textos anteriores: en lo que escribieron las personas y, con «--write», en lo que escribe el modelo
cli-bench-drafts-dataset = Carpeta, archivo o repositorio con casos
cli-bench-drafts-split = Qué parte se recorre: train, test o validation; si ningún archivo la nombra, todos los casos
cli-bench-drafts-write = Escribe además el modelo para tantos casos, los primeros
cli-bench-drafts-json = Escribir un objeto JSON en lugar del texto
bench-drafts-people = Escrito por personas: { $cases } casos
bench-drafts-model = Escrito por el modelo: { $cases } casos
# $how: never, pays, always. $memory: facts, all
bench-drafts-how = { $how ->
    [never] sin adelantar
   *[pays] mientras compense
    [always] siempre
}
bench-drafts-memory = { $memory ->
    [facts] , solo de los hechos
   *[all] , también de textos anteriores
}
bench-drafts-gain = { $tokens } tokens en { $passes } pasadas ({ $saved } % menos); acertados { $hits } % de { $drafted }; { $times } veces la velocidad
bench-drafts-speed = { $tokens } tokens en { $passes } pasadas; acertados { $hits } % de { $drafted }; { $rate } tokens/s

error-cli-bench-shape =
    .title = No se pueden leer las dimensiones
    .what = { $file } no es gpt-j-6b ni un archivo que se pueda leer.
    .next = Escribir gpt-j-6b, o la ruta de un config.json.
menu-prepare = Preparar para este equipo…
prepare-heading = Preparar para este equipo
prepare-what = { $model } se convierte una sola vez en un archivo más pequeño, que se abre en segundos y ocupa menos memoria. Mientras tanto se puede seguir trabajando, y si se detiene continúa donde estaba.
prepare-disk = En el disco
prepare-memory = En memoria
prepare-now = Ahora
prepare-free = En el disco quedan { $free } libres.
prepare-no-room = No hay espacio en el disco para el archivo nuevo.
prepare-remove = Borrar el original cuando esté listo (libera { $size })
prepare-begin = Preparar
prepare-skip = Usar sin preparar
prepare-later = Más tarde
prepare-show = Preparar para este equipo…
prepare-offered = Descargado: { $model }
prepare-running = Preparando { $model } · { $percent } %
toast-prepare-stopped = Preparación detenida. Lo hecho se conserva.
toast-original-removed = Original borrado: { $value } libres más.

error-convert-fault =
    .title = El modelo no se ha podido preparar
    .what = La conversión se ha interrumpido. El modelo original y los casos no cambian.
    .next = Volver a intentarlo, o usar el modelo sin preparar.

error-model-memory-converted =
    .title = La memoria del equipo no basta
    .what = El modelo necesita { $needed } GB y hay { $available } GB libres. Los casos y el modelo en uso no cambian.
    .next = Preparar otra vez el modelo original con la precisión { $form }, con la que bastan { $fits } GB, cerrar otros programas o usar el modelo de demostración.
