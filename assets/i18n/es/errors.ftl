### Errores: título (qué ha fallado), una frase (qué está a salvo), una acción. Sin culpar a nadie.

## Modelo y adaptador: archivos
# $name: nombre del archivo
error-model-file-missing =
    .title = Falta un archivo del modelo
    .what = No se encuentra «{ $name }». Los casos y el modelo en uso no cambian.
    .next = Comprobar que la carpeta está completa o volver a descargar el modelo.
error-model-file-unreadable =
    .title = No se puede leer un archivo del modelo
    .what = «{ $name }» está, pero no se deja leer. Los casos y el modelo en uso no cambian.
    .next = Revisar los permisos del archivo y que el disco siga conectado.
error-model-file-damaged =
    .title = Un archivo del modelo está dañado
    .what = El contenido de «{ $name }» está incompleto o no es válido. Los casos y el modelo en uso no cambian.
    .next = Volver a descargar el modelo.
error-model-file-unsafe =
    .title = Un archivo del modelo no es seguro
    .what = «{ $name }» contiene instrucciones que se ejecutarían al abrirlo. No se ha ejecutado nada.
    .next = Usar otra copia del modelo, de una fuente de confianza.
error-model-tokenizer =
    .title = El vocabulario no sirve para este modelo
    .what = «{ $name }» no corresponde al modelo o no se puede leer.
    .next = Comprobar que todos los archivos de la carpeta son del mismo modelo.
# $name: nombre del archivo; $field: nombre del campo dentro del archivo
error-model-config =
    .title = La configuración del modelo no sirve
    .what = En «{ $name }», el campo «{ $field }» falta, no es válido o no está admitido.
    .next = Elegir un modelo GPT-J o comprobar que el archivo es el original.
# $name: nombre de un tensor
error-model-tensor =
    .title = Los pesos no corresponden al modelo
    .what = «{ $name }» falta, sobra o tiene otro tamaño que el de la configuración.
    .next = Comprobar que todos los archivos de la carpeta son del mismo modelo o volver a descargarlo.
error-model-not-finite =
    .title = Los pesos del modelo están dañados
    .what = «{ $name }» contiene valores que no son números.
    .next = Volver a descargar el modelo.
error-adapter-other-base =
    .title = El adaptador es para otro modelo
    .what = El adaptador se entrenó sobre un modelo distinto del elegido.
    .next = Elegir el modelo base que indica la ficha del adaptador o quitar el adaptador.

## Modelo: equipo y memoria
# $device: nombre del dispositivo
error-model-device =
    .title = No se puede usar { $device }
    .what = El equipo o esta versión del programa no permite usar { $device }.
    .next = Elegir «automático» o «CPU».
error-model-device-memory =
    .title = La memoria de la tarjeta gráfica no basta
    .what = El modelo o el texto no caben en la memoria de la tarjeta gráfica. Los casos están a salvo.
    .next = Elegir una cuantización menor (Q8_0, Q6K o Q4K) o usar la CPU.
# $needed, $available: gigabytes, con un decimal
error-model-memory =
    .title = La memoria del equipo no basta
    .what = El modelo necesita { $needed } GB y hay { $available } GB libres. Los casos y el modelo en uso no cambian.
    .next = Elegir la precisión { $form }, con la que bastan { $fits } GB, cerrar otros programas o usar el modelo de demostración.

error-model-memory-none =
    .title = La memoria del equipo no basta
    .what = El modelo necesita { $needed } GB y hay { $available } GB libres: no cabe con ninguna precisión. Los casos y el modelo en uso no cambian.
    .next = Cerrar otros programas o usar el modelo de demostración, que cabe siempre.

## Modelo: uso
# $asked, $limit: números de tokens
error-model-window-full =
    .title = El texto no cabe en el modelo
    .what = El texto ocupa { $asked } tokens y el modelo admite { $limit }. No se ha cortado nada.
    .next = Acortar los hechos o reducir la longitud máxima de la respuesta.
error-model-load-cancelled =
    .title = Carga detenida
    .what = Se ha detenido la carga del modelo. El modelo en uso no cambia.
    .next = Elegir el modelo de nuevo para cargarlo.
error-model-internal =
    .title = El modelo ha fallado
    .what = El cálculo no ha podido terminar. Los casos están a salvo.
    .next = Volver a intentarlo. Si se repite, cargar el modelo de nuevo.

## Archivos de casos

error-case-too-large =
    .title = No se ha podido abrir { $file }
    .what = El archivo ocupa { $megabytes } MB, más de lo que puede ocupar un caso. No se ha leído.
    .next = Comprobar que es el archivo del caso.
error-case-not-utf8 =
    .title = No se ha podido abrir { $file }
    .what = El archivo no está escrito como texto UTF-8. Puede estar dañado o ser de otro programa.
    .next = Abrir otra copia, guardada por este programa con la forma .json.
error-case-not-json =
    .title = No se ha podido abrir { $file }
    .what = El archivo no tiene la forma de un caso: falla en la línea { $line }. Puede estar incompleto.
    .next = Abrir otra copia. Solo los archivos .json de este programa se vuelven a abrir; los .md y .txt son para leer.
error-case-not-a-case =
    .title = No se ha podido abrir { $file }
    .what = El archivo es de otra cosa: no contiene un caso de este programa.
    .next = Elegir un archivo .json guardado por este programa.
error-case-future =
    .title = No se ha podido abrir { $file }
    .what = Lo guardó una versión más nueva del programa (forma { $version }). El archivo sigue como estaba.
    .next = Actualizar el programa para abrirlo.
error-case-missing-field =
    .title = No se ha podido abrir { $file }
    .what = Al caso le falta el dato «{ $field }». El archivo sigue como estaba.
    .next = Abrir otra copia, o añadir el dato al archivo.
error-case-wrong-value =
    .title = No se ha podido abrir { $file }
    .what = Un dato del caso, en la línea { $line }, no es de los que puede haber ahí. El archivo sigue como estaba.
    .next = Abrir otra copia, o corregir esa línea.
error-case-wrong-id =
    .title = No se ha podido abrir { $file }
    .what = El identificador del caso contiene letras que no puede tener. El archivo sigue como estaba.
    .next = Abrir otra copia.
error-case-folder =
    .title = No se ha podido abrir { $file }
    .what = Es una carpeta.
    .next = Elegir los archivos que hay dentro.
error-case-unreadable =
    .title = No se ha podido abrir { $file }
    .what = El sistema no deja leer el archivo.
    .next = Comprobar el disco o la conexión a él, y volver a intentarlo.
error-case-not-found =
    .title = No se ha podido abrir { $file }
    .what = El archivo ya no está ahí.
    .next = Comprobar el nombre y la carpeta.
error-case-denied =
    .title = No se ha podido abrir { $file }
    .what = Falta el permiso para leer el archivo.
    .next = Pedir el permiso, o abrir una copia propia.

## Guardar

error-storage-full =
    .title = { $operation ->
        [draft] No se ha podido guardar el borrador
        [settings] No se han podido guardar los ajustes
        [open] No se ha podido abrir
        [export] No se ha podido exportar
        [import] No se ha podido leer
       *[save] No se ha podido guardar
    }
    .what = El disco está lleno. El texto sigue en la ventana.
    .next = Liberar espacio o guardar en otra carpeta.
error-storage-read-only =
    .title = { $operation ->
        [draft] No se ha podido guardar el borrador
        [settings] No se han podido guardar los ajustes
        [open] No se ha podido abrir
        [export] No se ha podido exportar
        [import] No se ha podido leer
       *[save] No se ha podido guardar
    }
    .what = El disco es de solo lectura. El texto sigue en la ventana.
    .next = Guardar en otra carpeta.
error-storage-denied =
    .title = { $operation ->
        [draft] No se ha podido guardar el borrador
        [settings] No se han podido guardar los ajustes
        [open] No se ha podido abrir la carpeta
        [export] No se ha podido exportar
        [import] No se ha podido leer
       *[save] No se ha podido guardar
    }
    .what = Falta el permiso para usar esa carpeta o ese archivo ({ $file }). El texto sigue en la ventana.
    .next = Elegir otra carpeta.
error-storage-no-folder =
    .title = { $operation ->
        [draft] No se ha podido guardar el borrador
        [settings] No se han podido guardar los ajustes
        [open] No se ha podido abrir la carpeta
        [export] No se ha podido exportar
        [import] No se ha podido leer
       *[save] No se ha podido guardar
    }
    .what = La carpeta no está ahí ({ $file }). El texto sigue en la ventana.
    .next = Comprobar el nombre de la carpeta o elegir otra.
error-storage-is-folder =
    .title = { $operation ->
        [draft] No se ha podido guardar el borrador
        [settings] No se han podido guardar los ajustes
        [open] No se ha podido abrir
        [export] No se ha podido exportar
        [import] No se ha podido leer
       *[save] No se ha podido guardar
    }
    .what = { $file } es una carpeta. El texto sigue en la ventana.
    .next = Escribir otro nombre de archivo.
error-storage-bad-name =
    .title = { $operation ->
        [draft] No se ha podido guardar el borrador
        [settings] No se han podido guardar los ajustes
        [open] No se ha podido abrir
        [export] No se ha podido exportar
        [import] No se ha podido leer
       *[save] No se ha podido guardar
    }
    .what = El sistema no admite ese nombre de archivo. El texto sigue en la ventana.
    .next = Escribir otro nombre, más corto o sin signos raros.
error-storage-too-large =
    .title = { $operation ->
        [draft] No se ha podido guardar el borrador
        [settings] No se han podido guardar los ajustes
        [open] No se ha podido abrir
        [export] No se ha podido exportar
        [import] No se ha podido leer
       *[save] No se ha podido guardar
    }
    .what = El archivo es más grande de lo que el disco admite. El texto sigue en la ventana.
    .next = Guardar en otro disco.
error-storage-other =
    .title = { $operation ->
        [draft] No se ha podido guardar el borrador
        [settings] No se han podido guardar los ajustes
        [open] No se ha podido abrir la carpeta
        [export] No se ha podido exportar
        [import] No se ha podido leer
       *[save] No se ha podido guardar
    }
    .what = El sistema no lo ha permitido ({ $file }). El texto sigue en la ventana.
    .next = Volver a intentarlo o elegir otra carpeta.
error-storage-fault =
    .title = No se ha podido usar el disco
    .what = Ha fallado una parte del programa. El texto sigue en la ventana.
    .next = Volver a intentarlo; si se repite, guardar con otro nombre y reiniciar el programa.

## Hechos y propuesta
error-facts-empty =
    .title = Faltan los hechos
    .what = No hay texto a partir del que proponer.
    .next = Escribir qué ha ocurrido y volver a proponer.
# $kilobytes: tamaño del texto
error-facts-large =
    .title = El texto es demasiado largo
    .what = Ocupa { $kilobytes } kB, más que cualquier relato de hechos. No se ha cortado ni enviado nada.
    .next = Comprobar que no se ha pegado otro documento por error y dejar solo los hechos.
# $words: palabras de más, aproximadas; $tokens: tokens de más
error-facts-long =
    .title = Los hechos no caben en el modelo
    .what = Sobran unas { $words } palabras ({ $tokens } tokens). No se ha cortado nada.
    .next = Resumir los hechos; lo que no cabe está señalado en el texto.
error-model-numbers =
    .title = El modelo no da un resultado válido
    .what = Sus cálculos no son números. Los casos están a salvo.
    .next = Cargar el modelo de nuevo o descargarlo otra vez.
error-model-crashed =
    .title = La propuesta se ha interrumpido
    .what = Ha fallado una parte del programa. El texto escrito está a salvo y el modelo se carga de nuevo.
    .next = Volver a proponer cuando el modelo esté listo.
error-model-none =
    .title = No hay ningún modelo cargado
    .what = Sin modelo no se puede proponer. El texto escrito está a salvo.
    .next = Elegir un modelo en el menú «Modelo».

## Línea de órdenes
# $file: el archivo que se pidió
error-cli-facts-file =
    .title = No se puede leer { $file }
    .what = El archivo de los hechos no está o no se deja leer.
    .next = Comprobar el nombre y los permisos.
error-cli-facts-utf8 =
    .title = No se puede leer { $file }
    .what = El archivo de los hechos no es texto UTF-8.
    .next = Guardarlo como texto UTF-8 y repetir.
error-cli-output =
    .title = No se puede escribir la salida
    .what = El sistema no ha aceptado el texto.
    .next = Comprobar adónde se envía la salida y el espacio libre.
error-cli-embedded-adapter =
    .title = El modelo de demostración ya trae su adaptador
    .what = No admite otro, ni sirve de adaptador a otro modelo.
    .next = Quitar --adapter o elegir otro modelo con --model.
error-cli-repo =
    .title = Eso no es un repositorio
    .what = Un repositorio se escribe propietario/nombre, si hace falta con @revisión.
    .next = Comprobar el nombre.

## Programa
error-display =
    .title = No se puede abrir la ventana
    .what = Este equipo no ofrece una pantalla al programa, o su controlador gráfico no funciona.
    .next = Iniciar el programa desde el escritorio o, en remoto, con una pantalla (X11 o Wayland). Sin ventana sirve «pag-bert predict».
error-cpu =
    .title = Este procesador es demasiado antiguo
    .what = El programa necesita las instrucciones AVX2, FMA y F16C.
    .next = Usar un equipo de 2014 o posterior.
error-no-home =
    .title = No hay carpeta personal
    .what = El sistema no dice dónde guardar los ajustes y los borradores.
    .next = Indicar una carpeta en la variable PAG_BERT_HOME.

## Descarga de modelos
# $host: nombre del servidor; $repo: repositorio (dueño/nombre); $file: nombre de archivo
error-hub-no-connection =
    .title = No hay conexión con { $host }
    .what = El equipo no ha podido comunicarse con el servidor de modelos. Lo que ya se había descargado se conserva.
    .next = Comprobar la conexión a internet y volver a intentarlo, o elegir un modelo que ya esté en este equipo.
error-hub-stopped-answering =
    .title = { $host } ha dejado de responder
    .what = El servidor no envía nada desde hace un rato. Lo que ya se había descargado se conserva.
    .next = Reanudar la descarga más tarde.
error-hub-interrupted =
    .title = La conexión se corta una y otra vez
    .what = La comunicación con { $host } no se mantiene. Lo que ya se había descargado se conserva.
    .next = Comprobar la conexión y reanudar la descarga.
error-hub-unauthorized =
    .title = Este modelo pide identificarse
    .what = «{ $repo }» no existe, es privado o la clave de acceso a Hugging Face ya no vale.
    .next = Comprobar el nombre. Si es privado, guardar una clave válida en la variable HF_TOKEN y volver a intentarlo.
error-hub-forbidden =
    .title = Falta el permiso para descargar este modelo
    .what = Quien publica «{ $repo }» pide aceptar antes sus condiciones, o la clave de acceso no alcanza.
    .next = Aceptar las condiciones en la página del modelo en Hugging Face y volver a intentarlo con una clave de esa cuenta en HF_TOKEN.
error-hub-no-repository =
    .title = No se encuentra el modelo
    .what = En el servidor no hay ningún repositorio «{ $repo }».
    .next = Comprobar el nombre: dueño, barra y nombre del modelo.
# $revision: rama, etiqueta o versión
error-hub-no-revision =
    .title = No se encuentra esa versión del modelo
    .what = «{ $repo }» no tiene ninguna versión «{ $revision }».
    .next = Comprobar el nombre de la versión o dejarlo vacío para usar la principal.
error-hub-no-file =
    .title = Falta un archivo en el servidor
    .what = «{ $repo }» no tiene el archivo «{ $file }», que el modelo necesita.
    .next = Elegir otra versión u otra copia del modelo.
error-hub-too-many-requests =
    .title = { $host } pide esperar
    .what = El servidor ha recibido demasiadas peticiones. Lo que ya se había descargado se conserva.
    .next = Reanudar la descarga dentro de unos minutos.
# $status: número de error del servidor
error-hub-server =
    .title = { $host } tiene un problema
    .what = El servidor ha respondido con el error { $status }. Lo que ya se había descargado se conserva.
    .next = Reanudar la descarga más tarde.
error-hub-unexpected =
    .title = La respuesta del servidor no se entiende
    .what = { $host } no responde como un servidor de modelos. Puede que la red pida antes identificarse en una página.
    .next = Abrir una página cualquiera en el navegador para comprobar la red y volver a intentarlo.
error-hub-endpoint =
    .title = La dirección del servidor de modelos no es válida
    .what = La variable HF_ENDPOINT no contiene una dirección que empiece por https:// o http://.
    .next = Corregir la variable HF_ENDPOINT o quitarla, y reiniciar el programa.
error-hub-checksum =
    .title = Un archivo ha llegado dañado
    .what = El contenido de «{ $file }» no es el que anuncia el servidor. Se ha borrado ese archivo; los demás se conservan.
    .next = Volver a descargar. Si se repite, probar desde otra red.
# $needed, $available: gigabytes, con un decimal
error-hub-disk-full =
    .title = No hay espacio en el disco para el modelo
    .what = Faltan por descargar { $needed } GB y en el disco quedan { $available } GB. Lo que ya se había descargado se conserva.
    .next = Liberar espacio o indicar una carpeta de otro disco en la variable HF_HOME.
error-hub-offline =
    .title = El modelo no está completo en este equipo
    .what = Falta «{ $file }» de «{ $repo }», y ahora no se usa la red.
    .next = Elegirlo en el menú «Modelo» para descargarlo (antes, quitar «Trabajar sin red» si está activado), o usar otro.
error-hub-no-model =
    .title = Este repositorio no contiene ningún modelo que sirva
    .what = En «{ $repo }» faltan config.json o los pesos (safetensors o bin).
    .next = Comprobar el nombre y la versión. Si es un adaptador, ponerlo en el campo del adaptador.
error-hub-no-adapter =
    .title = Este repositorio no contiene ningún adaptador
    .what = En «{ $repo }» faltan adapter_config.json o los pesos del adaptador.
    .next = Comprobar el nombre y la versión del adaptador.
# $folder: carpeta
error-hub-cannot-write =
    .title = No se puede guardar el modelo
    .what = El sistema no permite escribir en { $folder }.
    .next = Revisar los permisos de la carpeta o indicar otra en la variable HF_HOME.
error-hub-busy =
    .title = Otro programa está descargando este modelo
    .what = «{ $file }» lo está escribiendo otro programa.
    .next = Esperar a que termine y volver a intentarlo.
error-hub-unsafe-name =
    .title = El repositorio no es seguro
    .what = El servidor da a un archivo de «{ $repo }» un nombre que lo pondría fuera de su carpeta. No se ha guardado.
    .next = Usar otra copia del modelo, de una fuente de confianza.
error-hub-bad-name =
    .title = El nombre del modelo no es válido
    .what = «{ $repo }» no es el nombre de un repositorio ni de una versión.
    .next = Escribir dueño, barra y nombre, por ejemplo bertin-project/bertin-gpt-j-6B.
error-hub-no-home =
    .title = No hay carpeta para los modelos
    .what = El sistema no indica ninguna carpeta personal.
    .next = Indicar una carpeta en la variable HF_HOME y reiniciar el programa.
error-hub-cancelled =
    .title = Descarga en pausa
    .what = Lo que ya ha llegado se conserva.
    .next = Reanudar la descarga cuando convenga.
error-hub-fault =
    .title = La descarga se ha interrumpido
    .what = Ha fallado una parte del programa. Lo que ya se había descargado se conserva.
    .next = Reanudar la descarga.
